"""Analyses bundles with Spark: every partition of a list is piped through one `gpudiag worker`.

    spark-submit analyse.py INPUTS RESULTS PARTITIONS

INPUTS names a bundle a line (a path that all executors see, or an https address), RESULTS is the folder to write to.
GPUDIAG in the environment is the program on the executors (default: gpudiag).
"""

import json
import os
import sys

from pyspark.sql import SparkSession


def result(line):
    """(input, (has a report, line)); None for what is no result."""
    try:
        value = json.loads(line)
        return value["input"], ("error" not in value, line)
    except (ValueError, KeyError, TypeError):
        return None


def main(inputs, results, partitions):
    context = SparkSession.builder.appName("gpudiag").getOrCreate().sparkContext
    # checkCode: a worker that was killed fails its task, and Spark runs the task again.
    worker = os.environ.get("GPUDIAG", "gpudiag") + " worker"
    lines = context.textFile(inputs).repartition(partitions).pipe(worker, checkCode=True)
    # A task that ran twice (speculation) gives its results twice.
    once = lines.map(result).filter(lambda one: one is not None).reduceByKey(max, partitions)
    once.map(lambda one: one[1][1]).saveAsTextFile(results)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
