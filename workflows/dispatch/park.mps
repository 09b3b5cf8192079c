* A small plant park in one hour: which plants run, what is bought and sold, at the lowest cost.
* Energies are in MWh, costs in EUR, reserves in MW. What changes from hour to hour is in job.toml.
*
* balance    what is produced, bought and not served is the demand
* gas_use    fuel burnt by the gas turbines (MWh of gas for a MWh of electricity)
* carbon     tonnes of CO2 for a MWh
* cap_...    a plant's blocks and the reserve that it holds back stay within its capacity
* reserve    what can be had at once if something fails
NAME          PARK
ROWS
 N  cost
 E  balance
 E  gas_use
 E  carbon
 L  cap_coal
 L  cap_ccgt
 L  cap_peak
 G  reserve
COLUMNS
*   plants, in blocks of equal efficiency; the costs here are without gas and CO2
    biomass   cost         38.0   balance       1.0
    coal_1    cost         22.0   balance       1.0
    coal_1    carbon       0.91   cap_coal      1.0
    coal_2    cost         25.5   balance       1.0
    coal_2    carbon       1.02   cap_coal      1.0
    ccgt_1    cost          2.1   balance       1.0
    ccgt_1    gas_use      1.74   carbon       0.35
    ccgt_1    cap_ccgt      1.0
    ccgt_2    cost          2.4   balance       1.0
    ccgt_2    gas_use      1.96   carbon       0.39
    ccgt_2    cap_ccgt      1.0
    peaker    cost          4.5   balance       1.0
    peaker    gas_use      2.75   carbon       0.55
    peaker    cap_peak      1.0
    wind      cost          0.0   balance       1.0
    solar     cost          0.0   balance       1.0
*   the neighbours; a MWh sold has a negative cost
    import    cost         60.0   balance       1.0
    export    cost        -55.0   balance      -1.0
*   fuel and emissions, at prices of the hour; their rows define them, so they need no bounds
    gas       cost         28.0   gas_use      -1.0
    co2       cost         48.0   carbon       -1.0
*   reserve held back, and what is short
    r_coal    cost          1.5   cap_coal      1.0
    r_coal    reserve       1.0
    r_ccgt    cost          0.9   cap_ccgt      1.0
    r_ccgt    reserve       1.0
    r_peak    cost          0.4   cap_peak      1.0
    r_peak    reserve       1.0
    short     cost        400.0   reserve       1.0
    unserved  cost       3000.0   balance       1.0
RHS
    rhs       balance     350.0   reserve      40.0
    rhs       cap_coal    170.0   cap_ccgt    210.0
    rhs       cap_peak     80.0
BOUNDS
 UP bnd       biomass      18.0
 UP bnd       coal_1      120.0
 UP bnd       coal_2       50.0
 UP bnd       ccgt_1      150.0
 UP bnd       ccgt_2       60.0
 UP bnd       peaker       80.0
 UP bnd       wind         60.0
 UP bnd       solar        20.0
 UP bnd       import       90.0
 UP bnd       export       70.0
 FR bnd       gas
 FR bnd       co2
 UP bnd       r_coal       15.0
 UP bnd       r_ccgt       35.0
ENDATA
