"""Values, errors and time: pure, without I/O or frameworks."""
