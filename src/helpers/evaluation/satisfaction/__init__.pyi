"""Satisfaction: scores, what drives the whole, what was not asked, and whether the satisfied buy again."""

from .answers import Answers as Answers
from .answers import of_customers as of_customers
from .answers import prepare_answers as prepare_answers
from .answers import questions_asked as questions_asked
from .asymmetry import penalty_reward as penalty_reward
from .buying import buying_by_attitude as buying_by_attitude
from .buying import follow_answers as follow_answers
from .buying import judge_buying as judge_buying
from .buying import satisfied_less_others as satisfied_less_others
from .drivers import DriverWeights as DriverWeights
from .drivers import driver_weights as driver_weights
from .drivers import relative_importance as relative_importance
from .drivers import shapley_shares as shapley_shares
from .drivers import weights_by_segment as weights_by_segment
from .holdout import weights_on_holdout as weights_on_holdout
from .remainder import group_gaps as group_gaps
from .remainder import high_parts as high_parts
from .remainder import judge_hidden_driver as judge_hidden_driver
from .remainder import segment_remainder as segment_remainder
from .remainder import segments_large_enough as segments_large_enough
from .remainder import steady_remainder as steady_remainder
from .scales import Scale as Scale
from .scales import read_scales as read_scales
from .scores import dimension_scores as dimension_scores
from .scores import importance_performance as importance_performance
