"""What the steps of the workflow need, before they run: memory and time for the scheduler, a plan for the user."""
