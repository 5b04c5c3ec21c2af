"""Starting, watching and stopping the processes that Emerald is made of; knows nothing of the rooms."""
