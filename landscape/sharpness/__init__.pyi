from .average import average_sharpness as average_sharpness
from .basin_width import basin_width as basin_width
from .relative_flatness import relative_flatness as relative_flatness
from .worst_case import WorstCase as WorstCase
from .worst_case import keskar_sharpness as keskar_sharpness
from .worst_case import worst_case_sharpness as worst_case_sharpness
