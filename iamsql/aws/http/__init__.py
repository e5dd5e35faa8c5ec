"""Send requests to AWS: serialize, sign, exchange over HTTP, and parse."""
