"""What the Spark recipe uses of pyspark, on one machine and without Spark; `pipe` runs the command as Spark does."""

import os
import shlex
import subprocess


class RDD:
    def __init__(self, partitions):
        self.partitions = partitions

    def everything(self):
        return [item for partition in self.partitions for item in partition]

    def repartition(self, count):
        return RDD([self.everything()[i::count] for i in range(count)])

    def pipe(self, command, checkCode=False):
        def through(partition):
            text = "".join(f"{line}\n" for line in partition)
            return subprocess.run(
                shlex.split(command), input=text, stdout=subprocess.PIPE, text=True, check=checkCode
            ).stdout.splitlines()

        return RDD([through(partition) for partition in self.partitions])

    def map(self, function):
        return RDD([[function(item) for item in partition] for partition in self.partitions])

    def filter(self, function):
        return RDD([[item for item in partition if function(item)] for partition in self.partitions])

    def reduceByKey(self, function, count):
        values = {}
        for key, value in self.everything():
            values[key] = function(values[key], value) if key in values else value
        items = list(values.items())
        return RDD([items[i::count] for i in range(count)])

    def saveAsTextFile(self, folder):
        os.mkdir(folder)
        for number, partition in enumerate(self.partitions):
            with open(os.path.join(folder, f"part-{number:05}"), "w", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in partition)


class SparkContext:
    def textFile(self, path):
        with open(path, encoding="utf-8") as file:
            return RDD([file.read().splitlines()])


class SparkSession:
    class builder:
        @staticmethod
        def appName(name):
            return SparkSession.builder

        @staticmethod
        def getOrCreate():
            return SparkSession()

    sparkContext = SparkContext()
