"""The simulated aggregator's SMS side: Africa's Talking as its client and its callbacks see it."""
