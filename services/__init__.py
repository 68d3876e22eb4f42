"""What a citizen can do, on any channel; the calls to the ministries."""
