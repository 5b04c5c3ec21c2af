"""What a policy would have cost: recorded answers through the rooms' own actions, in a database of their own."""
