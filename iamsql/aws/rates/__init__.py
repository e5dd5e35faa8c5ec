"""How fast AWS may be called: documented quotas, the limiters of an account, and the search for the rate that AWS allows."""
