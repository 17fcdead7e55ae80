import Units
