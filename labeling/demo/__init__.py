"""The main job: real input, simulated people and a running server, joined over HTTP. Not a room."""
