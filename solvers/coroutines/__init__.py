"""Methods as coroutines: what they say to whoever drives them, how they are compiled and driven."""
