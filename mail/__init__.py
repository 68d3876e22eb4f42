"""Letters by e-mail: beside SMS, with the same notices and the same rules of the queue."""
