"""The IAM items of an account, and what each write request of IAM changes in them."""
