"""The simulated company: one coherent world from one seed, with its hidden truth kept apart."""

from .campaign_sequence import campaigns_in_sequence as campaigns_in_sequence
from .company import SimulatedCompany as SimulatedCompany
from .company import simulate as simulate
from .next_year import gain_of_contacts as gain_of_contacts
from .parameter_file import read_parameters as read_parameters
from .parameters import CompanyParameters as CompanyParameters
