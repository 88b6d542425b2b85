"""The API for programs: what the commands do, over HTTP, for whoever has the operator's token."""
