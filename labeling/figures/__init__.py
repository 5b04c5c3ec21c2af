"""What is dear to count of a large project: counted by the worker, kept with its time, shown at once."""
