"""Physics: from the Sun to recoil rates on xenon, before any detector."""
