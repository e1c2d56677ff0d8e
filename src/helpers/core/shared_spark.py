"""One Java for all programs of a run: Spark starts once, and what it has compiled for one chapter serves the next.

A program that PySpark has started Java for may hand its address on, by the two variables that PySpark itself looks at.
Whoever finds them gets a session of its own there, with its own settings and temporary tables. Java ends with the
program that started it.
"""

import os
import sys
from typing import Any

_PORT, _SECRET = "PYSPARK_GATEWAY_PORT", "PYSPARK_GATEWAY_SECRET"


def java_of_this_process() -> dict[str, str]:
    """Return the variables that lead a program started from here to the Java of this one; none where there is none."""
    if "pyspark" not in sys.modules:
        return {}
    from pyspark import SparkContext

    gateway = SparkContext._gateway
    if gateway is None or SparkContext._active_spark_context is None:
        return {}
    found = gateway.gateway_parameters
    return {_PORT: str(found.port), _SECRET: str(found.auth_token)}


def session_beside_others() -> Any:
    """Return a new session in the Java of the program that started this one; None where there is none to be used."""
    if _PORT not in os.environ:
        return None
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    gateway = launch_gateway()
    running = gateway.jvm.SparkSession.getDefaultSession()
    if not running.isDefined():  # Java alone: whoever started it leaves the session to us
        return None
    java = running.get().newSession()
    conf = SparkConf(_jconf=java.sparkContext().conf())
    context = SparkContext(gateway=gateway, jsc=gateway.jvm.JavaSparkContext(java.sparkContext()), conf=conf)
    return SparkSession(context, java)


def is_shared() -> bool:
    """Say whether the Java that this program uses was started by another one, and goes on without this one."""
    return _PORT in os.environ
