"""`recollect schema`."""

import click

from recollect.cli.output import Output
from recollect.cli.place import report_options

EXAMPLES = """\b
Examples:
  recollect schema postgresql | psql shop
  recollect schema postgresql --schema memory --prefix chat_
  recollect schema mysql | mariadb shop
"""


@click.command(short_help="Print the SQL of the tables.", epilog=EXAMPLES)
@click.argument("database", type=click.Choice(["postgresql", "mysql"]))
@click.option("--schema", metavar="NAME", help="PostgreSQL: the schema that holds the tables.")
@click.option("--prefix", default="recollect_", show_default=True, help="What the names of the tables begin with.")
@click.option("--after", type=click.IntRange(0), default=0, help="Print what is new since this step of the schema.")
@report_options
def schema(output: Output, database: str, schema: str | None, prefix: str, after: int) -> None:
    """Print the SQL that makes the tables in a server's DATABASE, and run nothing.

    Opening a memory makes its tables by itself. This is for databases whose users may not: an administrator runs the SQL,
    and the application needs no right but to read and write rows.
    """
    if database == "mysql":
        from recollect.store import mysql

        if schema is not None:
            raise click.UsageError("MySQL has no schemas within a database; leave --schema out")
        sql = mysql.migrations_sql(prefix=prefix, after=after)
    else:
        from recollect.store import postgresql

        sql = postgresql.migrations_sql(schema=schema, prefix=prefix, after=after)
    output.json({"sql": sql})
    output.write(sql.removesuffix("\n"))
