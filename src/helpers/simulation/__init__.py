"""The simulated company: one coherent world from one seed, with its hidden truth kept apart."""

from helpers.simulation.company import SimulatedCompany, simulate
from helpers.simulation.parameter_file import check_parameters, read_parameters
from helpers.simulation.parameters import CompanyParameters

__all__ = ["CompanyParameters", "SimulatedCompany", "check_parameters", "read_parameters", "simulate"]
