"""A template and what rows change in it: read right, changed where it is named, refused where it is wrong."""

import gzip

import numpy as np
import pytest

import batchopt
from batchopt.errors import JobError
from batchopt.job import Job
from batchopt.kinds.linprog_template import TemplateFile
from batchopt.plan import differences, prepare
from tests.batchopt.curves import told
from tests.batchopt.jobs import bits
from tests.batchopt.programs import PARK, job_of, keyed, solved

TABLE = keyed(demand=[2.0, 4.0, 5.0, 9.0], price=[2.0, 2.0, 4.0, 2.0], factor=[1.0, 1.0, 1.0, 3.0])
TEMPLATE = {
    "rhs": {"balance": "demand"},
    "cost": {"gas": "price"},
    "coefficient": {"carbon": {"coal": "factor"}},
    "columns": ["gas", "coal", "balance"],
}


def with_range(text=PARK, rows="    rng       carbon            2.0\n"):
    return text.replace("BOUNDS\n", f"RANGES\n{rows}BOUNDS\n")


def template_at(tmp_path, text, name="park.mps"):
    (tmp_path / name).write_text(text)
    return TemplateFile.at(tmp_path / name).load()


def test_rows_change_what_the_job_names(tmp_path):
    rows = solved(tmp_path, TABLE, template=TEMPLATE)
    assert [row["status"] for row in rows] == ["converged"] * 4
    # The cheaper first, at most 3 of gas; then the emissions are at their limit.
    assert [row["x.gas"] for row in rows] == pytest.approx([2.0, 3.0, 0.0, 3.0])
    assert [row["x.coal"] for row in rows] == pytest.approx([0.0, 1.0, 5.0, 1.0])
    assert [row["marginal.balance"] for row in rows] == pytest.approx([2.0, 3.0, 3.0, 50.0])
    assert [row["fun"] for row in rows] == pytest.approx([4.0, 9.0, 15.0, 2 * 3 + 3 + 50 * 5])
    for row in rows:
        assert row["x"][:2] == [row["x.gas"], row["x.coal"]]
        assert row["eqlin_marginals"] == [row["marginal.balance"]]
        assert len(row["ineqlin_marginals"]) == len(row["slack"]) == 2
    assert rows[1]["slack"] == pytest.approx(
        [2.0, 3.0]
    )  # emissions of 4 where 6 may be, 4 MWh where 1 must be


def test_inequalities_come_first_then_equations(tmp_path):
    template = template_at(tmp_path, PARK)
    assert (template.rows, template.m_ub) == (("carbon", "least", "balance"), 2)
    assert template.variables == ("gas", "coal", "unserved")
    program = template.program
    np.testing.assert_array_equal(program.A.toarray(), [[1, 2, 0], [1, 1, 0], [1, 1, 1]])
    np.testing.assert_array_equal(program.row_lower, [-np.inf, 1, 4])
    np.testing.assert_array_equal(program.row_upper, [6, np.inf, 4])


@pytest.mark.parametrize("ending", ["mps.gz", "lp", "npz"])
def test_every_sort_of_file_holds_the_same_template(tmp_path, ending):
    path = tmp_path / f"park.{ending}"
    if ending == "mps.gz":
        path.write_bytes(gzip.compress(PARK.encode()))
    elif ending == "lp":
        path.write_text(
            "Minimize\n 2 gas + 3 coal + 50 unserved\nSubject To\n carbon: gas + 2 coal <= 6\n"
            " least: gas + coal >= 1\n balance: gas + coal + unserved = 4\nBounds\n gas <= 3\nEnd\n"
        )
    else:
        np.savez(
            path,
            c=[2.0, 3.0, 50.0],
            A_ub=[[1.0, 2.0, 0.0], [-1.0, -1.0, 0.0]],
            b_ub=[6.0, -1.0],
            A_eq=[[1.0, 1.0, 1.0]],
            b_eq=[4.0],
            upper=[3.0, np.inf, np.inf],
            columns=["gas", "coal", "unserved"],
            ineqlin=["carbon", "least"],
            eqlin=["balance"],
        )
    template = {**TEMPLATE, "path": path.name}
    expected = solved(tmp_path / "mps", TABLE, template=TEMPLATE)
    (tmp_path / "other").mkdir()
    path.rename(tmp_path / "other" / path.name)
    found = solved(tmp_path / "other", TABLE, template=template)
    for row, other in zip(expected, found, strict=True):
        for name in ("x", "fun", "eqlin_marginals", "status"):
            assert other[name] == pytest.approx(row[name])


def test_arrays_without_names_are_numbered(tmp_path):
    np.savez(tmp_path / "a.npz", c=[1.0, 1.0], A_ub=[[-1.0, -1.0]], b_ub=[-2.0])
    template = TemplateFile.at(tmp_path / "a.npz").load()
    assert (template.variables, template.rows) == (("x0", "x1"), ("ub0",))


def test_the_constant_of_the_objective_counts(tmp_path):
    offset = PARK.replace("RHS\n", "RHS\n    rhs       cost            -10.0\n")
    job = job_of(tmp_path, TABLE, template=TEMPLATE)
    plain = batchopt.run(job, sync=True).results()["fun"].to_numpy()
    (tmp_path / "park.mps").write_text(offset)
    assert batchopt.run(job, sync=True).results()["fun"].to_numpy() == pytest.approx(plain + 10.0)


def test_a_number_in_the_job_is_for_all(tmp_path):
    rows = solved(tmp_path, TABLE, template=TEMPLATE | {"lower": {"gas": 1.0}, "upper": {"gas": 1.0}})
    assert [row["x.gas"] for row in rows] == pytest.approx([1.0] * 4)


def test_bounds_of_rows_with_a_range_are_changed_one_by_one(tmp_path):
    job = job_of(tmp_path, keyed(low=[3.0, 5.0]), template={"row_lower": {"carbon": "low"}})
    (tmp_path / "park.mps").write_text(with_range())
    rows = batchopt.run(job, sync=True).results().to_pylist()
    assert [row["x"][1] for row in rows] == pytest.approx([1.0, 1.0])  # gas 3, coal 1: 5 of carbon
    assert [row["slack"][0] for row in rows] == pytest.approx([1.0, 0.0])


def test_the_start_is_the_templates_basis_whatever_the_chunk(tmp_path):
    jobs = {
        n: job_of(tmp_path / str(n), TABLE, template=TEMPLATE, chunks={"problems": n}) for n in (1, 3, 1000)
    }
    tables = [bits(batchopt.run(job, sync=True).results()) for job in jobs.values()]
    assert tables[0] == tables[1] == tables[2]


def test_a_cold_start_finds_the_same_optimum(tmp_path):
    warm = solved(tmp_path, TABLE, template=TEMPLATE)
    cold = solved(tmp_path, TABLE, template=TEMPLATE | {"warm_start": False})
    assert [row["fun"] for row in cold] == pytest.approx([row["fun"] for row in warm])
    assert sum(row["nit"] for row in warm) < sum(row["nit"] for row in cold)


def test_a_template_too_large_to_be_dense_is_solved_as_a_sparse_one(tmp_path, monkeypatch):
    changes = TEMPLATE | {"coefficient": {"carbon": {"coal": "factor", "unserved": 0.5}}}
    dense = solved(tmp_path, TABLE, template=changes)
    monkeypatch.setattr("batchopt.kinds.linprog_rows.fits", lambda m, n: False)
    sparse = solved(tmp_path / "sparse", TABLE, template=changes, solver={"method": "highs"})
    assert {row["method"] for row in sparse} == {"highs"}
    for row, other in zip(dense, sparse, strict=True):
        assert other["fun"] == pytest.approx(row["fun"])
        assert other["x"] == pytest.approx(row["x"])


def test_an_infeasible_template_may_have_feasible_rows(tmp_path):
    job = job_of(tmp_path, keyed(least=[9.0, 1.0]), template={"rhs": {"least": "least"}})
    (tmp_path / "park.mps").write_text(PARK.replace("least             1.0\nB", "least             9.0\nB"))
    rows = batchopt.run(job, sync=True).results().to_pylist()
    assert [row["status"] for row in rows] == ["infeasible", "converged"]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"demand": [None, 1.0]}, "template.rhs.balance: column 'demand' is null"),
        ({"demand": [float("inf"), 1.0]}, "template.rhs.balance: column 'demand' is inf"),
        ({"gas": [float("nan"), 1.0]}, "template.upper.gas: column 'gas' is nan"),
        ({"gas": [-1.0, 1.0]}, "template.upper.gas: the lower bound, 0, is above the upper one, -1"),
    ],
)
def test_a_bad_value_is_that_rows(tmp_path, values, why):
    table = keyed(**({"demand": [4.0, 4.0], "gas": [1.0, float("inf")]} | values))
    rows = solved(tmp_path, table, template={"rhs": {"balance": "demand"}, "upper": {"gas": "gas"}})
    assert (rows[0]["status"], rows[1]["status"]) == ("bad_input", "converged")
    assert rows[0]["message"].startswith(why)


#: what the job changes, and what `check` says
WRONG = [
    (
        {"rhs": {"balanc": "demand"}},
        "rhs.balanc: among rows, the template has no 'balanc'; did you mean 'balance'?",
    ),
    ({"cost": {"oil": 1.0}}, "among variables, the template has no 'oil'; there are gas, coal, unserved"),
    ({"cost": {"balance": 1.0}}, "template.cost.balance: among variables"),
    ({"coefficient": {"balance": {"gaz": 1.0}}}, "template.coefficient.balance.gaz: among variables, the"),
    ({"columns": ["ballance"]}, "template.columns: the template has no 'ballance'; did you mean 'balance'?"),
    ({"row_upper": {"balance": 1.0}}, "template.row_upper.balance: 'balance' is an equation"),
    ({"rhs": {"carbon": 1.0}, "row_upper": {"carbon": 2.0}}, "template.rhs.carbon changes the same"),
    ({"cost": {"gas": float("inf")}}, "template.cost.gas: got inf"),
    ({"lower": {"gas": 5.0}}, "template: the bounds of 'gas' are no bounds"),
    ({"cost": {"gas": "prize"}}, "template.cost.gas: column 'prize' is not in"),
    ({"path": "none.mps"}, "none.mps: No such file"),
]


@pytest.mark.parametrize(("changes", "said"), WRONG)
def test_a_template_that_has_not_what_is_changed_is_refused(tmp_path, changes, said):
    with pytest.raises(batchopt.BatchoptError) as error:
        prepare(job_of(tmp_path, TABLE, template=changes))
    assert said in str(error.value)


MARKERS = (
    "    M1        'MARKER'                 'INTORG'\n",
    "    M2        'MARKER'                 'INTEND'\n",
)
INTEGER = PARK.replace("    gas       cost", MARKERS[0] + "    gas       cost").replace(
    "RHS\n", MARKERS[1] + "RHS\n"
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (INTEGER, "variable 'gas' is integer or semi-continuous; only LPs are solved"),
        (PARK.replace("NAME          PARK", "NAME          PARK\nOBJSENSE\n    MAX"), "it maximizes"),
        (PARK.replace("carbon            6.0", "carbn             6.0"), "HiGHS says of it"),
        (
            PARK.replace(" UP bnd       gas               3.0", " UP bnd       gas              -3.0"),
            "bounds",
        ),
        ("", "HiGHS says of it"),
    ],
)
def test_a_file_that_is_no_linear_program_is_refused(tmp_path, text, said):
    job = job_of(tmp_path, TABLE, template=TEMPLATE)
    (tmp_path / "park.mps").write_text(text)
    with pytest.raises(JobError) as error:
        prepare(job)
    assert str(error.value).startswith(f"template.path: {tmp_path / 'park.mps'}: ")
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({}, "the array c is missing"),
        ({"c": [1.0], "A": [[1.0]]}, "unknown array 'A'"),
        ({"c": [1.0], "A_ub": [[1.0]]}, "A_ub is there without b_ub"),
        ({"c": [1.0], "A_ub": [[1.0, 2.0]], "b_ub": [1.0]}, "A_ub has the shape (1, 2); it must have"),
        ({"c": ["a"]}, "c holds <U1; it must hold numbers"),
        ({"c": [1.0, 1.0], "columns": ["a", "a"]}, "there are two variables 'a'"),
        ({"c": [1.0, 1.0], "columns": ["a"]}, "it must hold 2 names"),
        ({"c": [float("nan")]}, "the cost of 'x0' is not finite"),
        ({"c": [1.0], "lower": [2.0], "upper": [1.0]}, "the bounds of 'x0' are no bounds"),
        ({"c": []}, "it has no variables"),
    ],
)  # fmt: skip
def test_arrays_that_are_no_linear_program_are_refused(tmp_path, arrays, said):
    np.savez(tmp_path / "park.npz", **arrays)
    with pytest.raises(JobError) as error:
        prepare(job_of(tmp_path, TABLE, template={"path": "park.npz"}))
    assert said in str(error.value)


def test_rhs_of_a_row_with_a_range_is_refused(tmp_path):
    job = job_of(tmp_path, TABLE, template={"rhs": {"carbon": "demand"}})
    (tmp_path / "park.mps").write_text(with_range())
    with pytest.raises(JobError, match="has a range; use"):
        prepare(job)


def test_a_key_must_not_be_a_column_of_the_result(tmp_path):
    job = job_of(tmp_path, keyed(fun=[1.0]), template={}, input={"path": "data.parquet", "key": "fun"})
    with pytest.raises(JobError, match=r"input.key: 'fun' is also a column of the result table"):
        prepare(job)


def test_the_file_is_part_of_the_fingerprint(tmp_path):
    job = job_of(tmp_path, TABLE, template=TEMPLATE)
    before = prepare(job).fingerprint
    assert "highspy" in before["versions"]
    (tmp_path / "park.mps").write_text(PARK.replace("3.0", "3.5"))
    assert differences(before, prepare(job).fingerprint) == ["the content of template.path changed"]
    content = job.model_dump()
    content["template"]["warm_start"] = False
    cold = Job.parse(content, folder=tmp_path)
    assert "template.warm_start changed from True to False" in differences(before, prepare(cold).fingerprint)


def test_check_says_how_large_it_is(tmp_path, monkeypatch, capsys):
    job_of(tmp_path, TABLE, template=TEMPLATE)
    path = tmp_path / "job.toml"
    path.write_text(
        '[job]\nname = "park"\nkind = "linprog"\n[input]\npath = "data.parquet"\nkey = "k"\n'
        '[template]\npath = "park.mps"\nrhs.balance = "demand"\n[output]\npath = "out"\n'
    )
    said = f"{path}: ok, 4 problems in 4 rows, 3 variables, 2 inequalities, 1 equations, 1 overrides\n"
    assert told(monkeypatch, capsys, "check", path) == (0, said, "")
    (tmp_path / "park.mps").write_text(INTEGER)
    code, out, err = told(monkeypatch, capsys, "check", path)
    assert (code, out) == (2, "")
    assert "variable 'gas' is integer" in err


def test_columns_of_a_wrong_type_are_named(tmp_path):
    with pytest.raises(
        JobError, match=r"template.rhs.balance: column 'demand' holds .*; it must hold numbers"
    ):
        prepare(job_of(tmp_path, keyed(demand=["4"]), template={"rhs": {"balance": "demand"}}))
    with pytest.raises(JobError, match=r"problem.c: column 'c' holds double; it must hold lists of numbers"):
        prepare(job_of(tmp_path, keyed(c=[1.0]), problem={"c": "c"}))


def test_a_job_is_the_same_from_python(tmp_path):
    job = job_of(tmp_path, TABLE, template=TEMPLATE)
    again = Job.parse(job.model_dump(mode="json", by_alias=True, exclude_unset=True), folder=tmp_path)
    assert again == job
