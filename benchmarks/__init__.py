"""What iamsql costs, as ratios taken in one run on one machine: each module measures one thing."""
