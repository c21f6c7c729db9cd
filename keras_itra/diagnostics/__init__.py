"""What alignment does to a model: pulls, gradients and their variance."""
