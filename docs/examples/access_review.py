"""A review of access keys and administrators, as a marimo notebook."""

import marimo

app = marimo.App(width="medium")


@app.cell
def _():
    import marimo as mo

    import iamsql

    return iamsql, mo


@app.cell
def _(iamsql):
    try:
        run = iamsql.open()
    except iamsql.IamsqlError:  # there is no run yet
        run = iamsql.collect(demo=True)
    return (run,)


@app.cell
def _(mo, run):
    mo.md(f"# Access review of run {run.id}\n\nStarted {run.started_at:%Y-%m-%d %H:%M} UTC.")
    return


@app.cell
def _(run):
    run.query("skipped_accounts")
    return


@app.cell
def _(mo):
    days = mo.ui.slider(30, 365, value=90, label="Age of access keys in days")
    days
    return (days,)


@app.cell
def _(days, run):
    stale = run.query("stale_keys", days=days.value)
    stale
    return (stale,)


@app.cell
def _(stale):
    stale.df().groupby("account_name", dropna=False).size().sort_values(ascending=False).head(10)
    return


@app.cell
def _(run):
    run.query("admins")
    return


if __name__ == "__main__":
    app.run()
