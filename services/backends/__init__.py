"""The calls to the ministries: one file a standard they speak, one transport under all of them."""
