"""What the tests share: the daemon as a process, and thin hands on other people's clients."""
