"""What a person touches: the `hoidap` command line and the chat in the browser."""
