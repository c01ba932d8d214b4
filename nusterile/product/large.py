"""Products beyond memory: computed by workers anywhere, written and read part by part.

What has been computed is kept beside the target until it is written, so that a build that was
killed goes on where it stopped. The file has the content that a build in memory gives; only its
chunks are smaller, of some masses each.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import h5py
import numpy as np
import xarray as xr

from nusterile.arrays import Floats
from nusterile.errors import Cancelled, InputError, ProductError
from nusterile.files.interrupts import noted
from nusterile.files.seals import seal, state_of_file
from nusterile.files.writing import reason_of, replaced, target_for
from nusterile.model.fits import LimitScan, Variables
from nusterile.model.predictions import Predictions
from nusterile.product.blocks import (
    CHI2_BLOCK,
    LIMIT_BLOCK,
    RATE_BLOCK,
    Block,
    Parts,
    blocks_of,
    chunks_in,
    compute_block,
    limits_in,
    masses_of_a_block,
    parts_of,
    template_blocks,
    templates_of,
)
from nusterile.product.compression import corners_of, lay_out
from nusterile.product.images import LIBRARIES, encoding_of
from nusterile.product.scan import (
    RATE_AXES,
    CancelledFunction,
    ProgressFunction,
    bytes_needed,
    global_attributes,
    put_together,
    rate_variables,
)
from nusterile.product.schema import validate_dataset, with_all_axes
from nusterile.product.texts import with_plain_texts
from nusterile.scheduling.checkpoint import Checkpoint, checkpoint_of, opened
from nusterile.scheduling.engine import run
from nusterile.scheduling.fingerprint import fingerprint
from nusterile.vocabulary import CHI2, FIT_AXES, M_4, MU, PULL, PULLS, RATE

__all__ = ["build_large", "open_large"]

#: What compression leaves of the arrays of a product, about.
_COMPRESSED = 0.35

#: The blocks that variables are in, and their place in it.
_CHUNKS = {CHI2: (CHI2_BLOCK, 0), PULLS: (CHI2_BLOCK, 1), RATE: (RATE_BLOCK, 0)}


def build_large(
    predictions: Predictions,
    path: Path,
    *,
    scheduler: str,
    progress: ProgressFunction | None = None,
    cancelled: CancelledFunction | None = None,
) -> xr.Dataset:
    """Compute a product of a scan wherever there are workers, and write it.

    Parameters
    ----------
    predictions : Predictions
        What to compute.
    path : Path
        The file.
    scheduler : str
        See `nusterile.scheduling.engine.run`.
    progress, cancelled
        As in `nusterile.product.scan.compute_product`.

    Returns
    -------
    Dataset
        As `open_large`.

    Raises
    ------
    InputError
        If the scheduler, or what was kept of an earlier run, cannot be used; or the disk has no
        room.
    ProductError
        If the file cannot be written; what has been computed is then kept.
    Cancelled
        If `cancelled` returned True; what has been computed is kept.
    """
    report = progress or (lambda _share, _what: None)
    _require_room(predictions, path)
    attributes = global_attributes(predictions)
    # An interrupt in the midst of a pool, or of HDF5, would leave locks held.
    with noted() as interrupted:
        _build(
            predictions,
            path,
            attributes,
            scheduler,
            report,
            lambda: interrupted() or (cancelled is not None and cancelled()),
        )
    report(1.0, "written")
    return open_large(path)


def _build(
    predictions: Predictions,
    path: Path,
    attributes: dict[str, Any],
    scheduler: str,
    report: Callable[[float, str], None],
    stop: CancelledFunction,
) -> None:
    dipole = _templates(predictions, scheduler, report, stop)
    rates = rate_variables(predictions, dipole)
    parts = parts_of(predictions, dipole, rates)
    kept_in = checkpoint_of(target_for(path, ProductError))
    identity = {
        "study": "scan",
        "configuration": predictions.configuration.hash(),
        "inputs": predictions.input_hashes(),
        "code": fingerprint(),
    }
    with opened(kept_in, identity) as kept:
        _compute(parts, kept, scheduler, report, stop)
        limits = _limits(parts, kept)
        variables = _with_stand_ins(parts, rates)
        variables |= limits.variables(predictions.configuration.grids.mu.ends)
        dataset = put_together(predictions, variables, attributes)
        try:
            with replaced(target_for(path, ProductError)) as part, part.open("w+b") as file:
                _write(file, dataset, parts, kept, report, stop)
        except OSError as error:
            raise ProductError(
                f"{path}: could not be written ({reason_of(error)}). What was there before is "
                f"unchanged, and {kept_in.name} keeps what was computed: make room, and the same "
                "command goes on from there"
            ) from None
        kept.remove()


def open_large(path: Path) -> xr.Dataset:
    """Open a product whose values are read when they are used, in chunks of dask.

    Parameters
    ----------
    path : Path
        A file that nusterile wrote. It is read once, to see that it is whole.

    Returns
    -------
    Dataset
        Its names, sizes and attributes are checked, and what does not depend on the moment is
        in memory. The file stays open.

    Raises
    ------
    ProductError
        If it is not whole, not from nusterile, or does not keep the contract.
    """
    try:
        with path.open("rb") as file:
            state = state_of_file(file)
        if state != "whole":
            raise ProductError(
                f"{path}: is too large to be read whole, and part by part only a file is read "
                "that nusterile wrote and nobody changed; build it again"
            )
        with LIBRARIES:
            # Without locks, which some file systems lack; nobody writes into a finished file.
            stored = xr.open_dataset(
                path,
                engine="h5netcdf",
                chunks={},
                decode_times=False,
                driver="sec2",
                driver_kwds={"locking": False},
            )
    except OSError as error:
        raise ProductError(f"{path}: cannot be read ({reason_of(error)})") from None
    for name in set(stored.variables) - set(_CHUNKS):
        stored[name].load()
    dataset = with_all_axes(with_plain_texts(stored))
    validate_dataset(dataset, str(path), values=False)
    return dataset


def _require_room(predictions: Predictions, path: Path) -> None:
    """Refuse what does not fit on the disk, where it is kept once and written once."""
    needed = 2 * _COMPRESSED * bytes_needed(predictions)
    free = shutil.disk_usage(target_for(path, ProductError).parent).free
    if needed > free:
        raise InputError(
            f"{path}: needs some {needed / 2**30:.2g} GiB of disk, and {free / 2**30:.2g} GiB is "
            "free; use fewer points, or name a file on another disk with -o"
        )


def _with_stand_ins(parts: Parts, rates: Variables) -> Variables:
    """Variables of rates and scan; arrays that take no memory stand for the large ones."""
    *scan, n_bin = parts.rate_dipole.shape
    n_mu = parts.fits.strength.size
    fits = (len(parts.fits.selections), *scan[1:], n_mu)
    return {
        RATE: (RATE_AXES, np.broadcast_to(np.float32(0), (*scan, n_mu, n_bin))),
        **rates,
        CHI2: ((*FIT_AXES, MU), np.broadcast_to(np.float64(0), fits)),
        PULLS: (
            (*FIT_AXES, MU, PULL),
            np.broadcast_to(np.float32(0), (*fits, len(parts.pull_names))),
        ),
    }


def _templates(
    predictions: Predictions,
    scheduler: str,
    report: Callable[[float, str], None],
    stop: CancelledFunction,
) -> dict[str, Floats]:
    """Dipole events of every experiment at every mass."""
    blocks = template_blocks(predictions)
    found: dict[int, Floats] = {}
    for index, events in run(templates_of, predictions, blocks, scheduler=scheduler, stop=stop):
        found[index] = events
        report(0.0, f"rates, {len(found)} of {len(blocks)} blocks")
    by_experiment: dict[str, list[Floats]] = {}
    for index, block in enumerate(blocks):
        by_experiment.setdefault(block.experiment, []).append(found[index])
    return {name: np.concatenate(events, axis=1) for name, events in by_experiment.items()}


def _compute(
    parts: Parts,
    kept: Checkpoint,
    scheduler: str,
    report: Callable[[float, str], None],
    stop: CancelledFunction,
) -> None:
    """Compute every block that is not kept yet."""
    blocks = blocks_of(parts)
    missing = [block for block in blocks if block not in kept]
    done = len(blocks) - len(missing)
    for index, result in run(compute_block, parts, missing, scheduler=scheduler, stop=stop):
        kept[missing[index]] = result
        done += 1
        report(done / len(blocks), f"{done} of {len(blocks)} blocks")


def _limits(parts: Parts, kept: Checkpoint) -> LimitScan:
    n_flavor, n_m = parts.rate_dipole.shape[1:3]
    limits = LimitScan.empty(
        (len(parts.fits.selections), n_flavor, n_m), *parts.fits.critical.shape
    )
    for block in blocks_of(parts):
        if block.kind == LIMIT_BLOCK:
            limits_in(kept[block], limits, block)
    return limits


def _write(
    file: IO[bytes],
    dataset: xr.Dataset,
    parts: Parts,
    kept: Checkpoint,
    report: Callable[[float, str], None],
    stop: CancelledFunction,
) -> None:
    """Write a dataset whose large variables stand for the blocks that are kept."""
    masses = masses_of_a_block(parts)
    encoding = encoding_of(dataset)
    for name in _CHUNKS:
        sizes = zip(dataset[name].dims, encoding[name]["chunksizes"], strict=True)
        encoding[name]["chunksizes"] = tuple(masses if d == M_4 else n for d, n in sizes)

    with LIBRARIES:
        lay_out(file, dataset, encoding, _CHUNKS)
    with LIBRARIES, h5py.File(file, "r+") as written:
        for name, (kind, number) in _CHUNKS.items():
            report(1.0, f"writing {name}")
            target = written[name]
            for corner in corners_of(target.shape, target.chunks):
                if stop():
                    raise Cancelled("cancelled")
                content = chunks_in(kept[Block(kind, *corner[:3])])[number]
                target.id.write_direct_chunk(corner, content)
    seal(file)
    if stop():
        raise Cancelled("cancelled")
