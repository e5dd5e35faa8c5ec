"""What a run did not collect, account by account and call by call, and every sentence that is made from it."""
