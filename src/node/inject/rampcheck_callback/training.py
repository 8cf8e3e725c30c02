"""One optimizer's training in one rank: what is expected of it, what is projected, what every update really uses."""

from __future__ import annotations

import math
import sys
import time
import weakref

from . import facts, stated
from .channel import UNWATCHED
from .compare import read, tolerance
from .curves import Stepped
from .expected import FIRST_STEPS, sample
from .in_force import in_force
from .projection import REST_STEPS, Projection, future, look_ahead
from .proof import COMPLETE, NONE, PARTIAL, Proof
from .schedulers import position

# Who steps a scheduler where no library does.
LOOP = "training loop"
VIOLATION = 93
# Before the first update a projection may take this long; a later slice, this share of the time between two updates.
FIRST_SECONDS = 0.25
SHARE = 0.01
# Updates after which it is known how often a scheduler is stepped, where no library decides it.
LEARN_UPDATES = 2


class Training:
    """`step` is the number of the update that comes next, counted from the start of the whole run."""

    def __init__(self, watcher, number: int, optimizer, engine, intent, start: int) -> None:
        self.watcher = watcher
        self.channel = watcher.channel
        self.number = number
        self.intent = intent
        self.step = self.start = start
        self.skipped = 0
        # Why a difference says nothing of the run: the arguments are not meant for this scheduler.
        self.whose_scheduler: str | None = None
        self._optimizer = weakref.ref(optimizer)
        # Several optimizers that one scheduler drives as if they were one; None for an optimizer of its own.
        self.chain = lambda: None
        self._engine = weakref.ref(engine) if engine is not None else lambda: None
        self._curve = intent.curve
        self._bound = 0.0
        self._scheduler = lambda: None
        self._per_update: int | None = None
        self._stepped_by = LOOP
        self._projection: Projection | None = None
        self._learning = False
        self._positions: list[dict] = []
        # Where the scheduler stood at the last update of a held run.
        self._stood_at: int | None = None
        self._updated_at = self._allowance = 0.0
        self._violated = False
        self._facts: dict = {}
        self._projected = NONE
        self._proof = Proof(self.channel, number, watcher.settings.get("hold", "auto"))
        self._on_mismatch = watcher.settings.get("on_mismatch", "abort")
        self._after_release = watcher.settings.get("after_release", "warn")

    # — before the first update —

    def find_scheduler(self):
        """(scheduler, steps per update, who steps it) as far as libraries know; None for what only the loop knows."""
        engine = self._engine()
        if engine is not None and engine.lr_scheduler is not None:
            return engine.lr_scheduler, 1, "DeepSpeed engine"
        found = self.watcher.registry.driving(self._optimizer())
        if len(found) != 1:
            return (found[-1] if found else None), None, LOOP
        rate, by = self.watcher.registry.rate(found[0])
        return found[0], rate, by or LOOP

    def declare(self, groups, bases, training: dict, scheduler, given=None, trainer=None) -> None:
        """Tells what is expected and what will run, and what of it contradicts the command. `given` is an --expect."""
        live, self._per_update, self._stepped_by = scheduler
        if live is not None:
            self._scheduler = weakref.ref(live)
        self._facts = training
        self._declare(groups, bases, training)
        found = stated.contradiction(self.watcher.settings, self.intent, given, bases, training, trainer)
        if given is None and found is None:
            for why in stated.unused(self.watcher.settings.get("stated") or {}, bases, trainer):
                self.channel.send("unjudged", why=why)
        if found is not None:
            parks = self._ends_the_run()
            self.channel.send("contradiction", optimizer=self.number, parks=parks, **found)
            self._proof.fails()
            if parks:
                self._park(VIOLATION)

    def _declare(self, groups, bases, training: dict) -> None:
        lrs, tensors = read(groups)
        intent, curve = self.intent, self._curve
        told = {
            "optimizer": self.number,
            "optimizer_class": facts.describe(self._optimizer()),
            "source": intent.source,
            "asked": intent.asked,
            "total": intent.total or 0,
            "total_known": intent.total is not None,
            "start": self.start,
            "base_lrs": bases,
            "lrs": lrs,
            "float32": tensors,
            "in_force": self._in_force(),
            "deepspeed": facts.deepspeed(self._engine(), training.pop("deepspeed_config", None)),
            "versions": facts.versions(),
            "training": training,
        }
        if curve is None:
            self.channel.send("declared", **told, unpredictable=intent.unpredictable)
            return
        self._bound = tolerance(intent.peak, tensors)
        end = curve.length if curve.length is not None else self.start + FIRST_STEPS
        if isinstance(curve, Stepped):
            end = min(end, self.start + FIRST_STEPS)
        told["samples"] = sample(curve, self.start, end)
        self.channel.send("declared", **told, expected=intent.oracle)

    def project(self, groups, shared=()) -> None:
        """Compares the future of the scheduler in force, or arranges for it to be done once its rate is known."""
        if self._curve is None or not self.watcher.settings.get("projection", True):
            self._decide_hold()
            return
        scheduler = self._scheduler()
        if scheduler is None:
            self._no_projection("no scheduler drives this optimizer")
        elif self._per_update is None:
            self._learning = True
        else:
            self._begin_projection(scheduler, groups, self.step, shared)

    def _begin_projection(self, scheduler, groups, step: int, shared=()) -> None:
        try:
            rows = future(scheduler, groups, self._per_update, shared)
            self._projection = Projection(rows, self._curve, step, self._bound, FIRST_STEPS)
            self._projection.advance(FIRST_STEPS, FIRST_SECONDS)
        except Exception as error:
            # A scheduler that cannot be copied is watched step by step instead; that is a longer hold, not a fault.
            self._projection = None
            self._no_projection(f"{type(error).__name__}: {error}")
            return
        done = self._projection
        self.channel.send(
            "projected",
            optimizer=self.number,
            available=True,
            max_deviation=done.largest,
            difference=done.difference,
            samples=done.samples,
            steps=done.next - done.start,
            complete=done.complete,
            steps_per_update=self._per_update,
            in_force=self._in_force(),
        )
        self._projected = PARTIAL
        self._judge_projection()
        self._decide_hold()

    def _judge_projection(self) -> None:
        done = self._projection
        if not done.complete:
            return
        self._projection = None
        if done.difference is None:
            # Without an end of the curve the remaining length is not known.
            self._projected = COMPLETE if self._curve.length is not None else PARTIAL
            return
        if self.whose_scheduler is not None:
            held = self.watcher.held
            self.channel.send("undeclared", why=self.whose_scheduler, parks=held)
            if held:
                self.channel.park(UNWATCHED)
            return
        self._violate("projection", done.difference, done.largest, done.window, done.rest)

    def _no_projection(self, why: str) -> None:
        self.channel.send("projected", optimizer=self.number, available=False, why=why, in_force=self._in_force())
        self._decide_hold()

    def _decide_hold(self) -> None:
        """How many steps are to be shown, once it is known whether there is a projection."""
        if self.watcher.held:
            epoch = self.watcher.settings.get("updates_per_epoch")
            self._proof.decide(self.intent, self.start, self._projected != NONE, self._facts, epoch)

    # — every update —

    def update(self, groups) -> None:
        """An update is about to be applied: compares what every group uses with the expected curve."""
        held = self.watcher.held
        if not held and self._after_release == "off":
            self.watcher.detach()
            return
        step, curve = self.step, self._curve
        used, tensors = read(groups)
        wanted = None
        if curve is not None and (curve.length is None or step < curve.length):
            wanted = curve.at(step)
        bound, differs = self._bound, False
        if wanted is not None:
            if tensors:
                bound = max(bound, tolerance(self.intent.peak, True))
            for a, b in zip(wanted, used):
                if not abs(a - b) <= bound:
                    differs = True
        if held:
            self._report(step, used, wanted, differs)
        elif self.channel.rank == 0:
            self.channel.send("step", optimizer=self.number, step=step, lrs=used, expected=wanted)
        if differs and not self._violated:
            self._differs(step, wanted, used, bound, groups)
        if self._learning:
            self._learn(groups, step)
        if self._projection is not None:
            self._go_on()
        if held:
            self._stood_at = self._at()
            if not differs:
                self._proof.counts()
            self._proof.say(self._projected)
        self.step = step + 1
        self.watcher.applied += 1

    def skip(self) -> None:
        """An update was left out: the same step comes again."""
        self.skipped += 1
        if self.watcher.held or self.channel.rank == 0:
            self.channel.send("skipped", optimizer=self.number, step=self.step, skipped=self.skipped, scheduler=self._at())

    def _report(self, step: int, used, wanted, differs: bool) -> None:
        scheduler = self._scheduler()
        if scheduler is None and self._learning is False:
            found = self.watcher.registry.driving(self._optimizer())
            scheduler = found[-1] if found else None
        self.channel.send(
            "step",
            optimizer=self.number,
            step=step,
            lrs=used,
            expected=wanted,
            # Such a step proves nothing; its violation follows.
            differs=differs,
            scheduler=position(scheduler) if scheduler else None,
        )

    def _differs(self, step: int, wanted, used, bound: float, groups) -> None:
        deviations = [abs(a - b) for a, b in zip(wanted, used)]
        group = next(place for place, deviation in enumerate(deviations) if not deviation <= bound)
        largest = max(deviation if math.isfinite(deviation) else math.inf for deviation in deviations)
        difference = {"step": step, "group": group, "expected": wanted[group], "actual": used[group]}
        known, assumed = self._look_ahead(groups, step)
        self._violate(
            "observation",
            difference,
            largest,
            [[step, wanted[group], used[group]]],
            [[at, a[group], b[group]] for at, a, b in known],
            [[at, a[group], b[group]] for at, a, b in assumed],
        )

    def _look_ahead(self, groups, step: int):
        """What would follow an observed difference: known when the last update tells how often the scheduler is stepped, else
        assumed for one step per update. Only of a held run, which is about to end: it takes its time.
        """
        found = self.watcher.registry.driving(self._optimizer())
        before = self._positions[-1] if self._positions else {}
        moves = {s: position(s) - before[id(s)] for s in found if isinstance(before.get(id(s)), int)}
        if self._per_update is not None and self._scheduler() is not None:
            moved = self._at() - self._stood_at if self._stood_at is not None else self._per_update
            moves = {self._scheduler(): moved}
        assumed = not before and self._per_update is None
        if assumed:
            moves = dict.fromkeys(found, 1)
        moves = {scheduler: steps for scheduler, steps in moves.items() if steps > 0}
        if len(moves) != 1 or not self.watcher.held:
            return [], []
        ((scheduler, steps),) = moves.items()
        try:
            rows = future(scheduler, groups, steps)
            next(rows)
        except Exception:
            # A scheduler that cannot be copied: what was observed must do.
            return [], []
        near, far = look_ahead(rows, self._curve, step + 1, self._curve.length or step + REST_STEPS)
        return ([], near + far) if assumed else (near + far, [])

    def _learn(self, groups, step: int) -> None:
        """How often the scheduler is stepped per update, from the first updates; then the projection is made with it."""
        found = self.watcher.registry.driving(self._optimizer())
        self._positions.append({id(scheduler): position(scheduler) for scheduler in found})
        last = self._curve.length is not None and step + 1 >= self._curve.length
        if len(self._positions) <= LEARN_UPDATES and not last:
            return
        self._learning = False
        moves = {}
        for scheduler in found:
            places = [at.get(id(scheduler)) for at in self._positions]
            if None not in places:
                steps = [b - a for a, b in zip(places, places[1:])]
                if any(steps):
                    moves[scheduler] = steps
        if len(moves) > 1:
            self._no_projection("several schedulers are stepped")
            return
        for scheduler, steps in moves.items():
            self._scheduler = weakref.ref(scheduler)
            if len(steps) == LEARN_UPDATES and len(set(steps)) == 1 and steps[0] > 0:
                self._per_update = steps[0]
                self._begin_projection(scheduler, groups, step)
                return
            self._no_projection(f"the scheduler is not stepped regularly: {steps} times after the first updates")
            return
        self._no_projection("no scheduler is stepped after the first updates")

    def _go_on(self) -> None:
        """One more slice of a projection that is longer than what may be done before the first update."""
        now = time.perf_counter()
        # The first call has no update before it to take a share of.
        self._allowance += SHARE * (now - self._updated_at) if self._updated_at else 0.0
        self._updated_at = now
        steps = int(self._allowance / self._projection.cost) if self._projection.cost else 0
        if steps > 0:
            self._projection.advance(min(steps, FIRST_STEPS), self._allowance)
            self._allowance = 0.0
            self._judge_projection()

    def end(self) -> dict:
        return {"step": self.step, "total": self.intent.total, "skipped": self.skipped}

    # — what is wrong —

    def _violate(self, by: str, difference: dict, largest: float, window, rest, assumed=()) -> None:
        self._violated = True
        self._proof.fails()
        parks = self._ends_the_run()
        self.channel.send(
            "violation",
            optimizer=self.number,
            parks=parks,
            by=by,
            step=self.step,
            difference=difference,
            max_deviation=largest,
            window=window,
            rest=rest,
            assumed=list(assumed),
            skipped=self.skipped,
            scheduler=self._at(),
            steps_per_update=self._per_update,
            in_force=self._in_force(),
        )
        if parks:
            self._park(VIOLATION)

    def _ends_the_run(self) -> bool:
        """Whether what was found ends the run: --on-mismatch decides while it is held, --after-release later."""
        return (self._on_mismatch if self.watcher.held else self._after_release) == "abort"

    def _park(self, code: int) -> None:
        self.channel.flush()
        sys.stdout.flush()
        sys.stderr.flush()
        self.channel.park(code)

    def _at(self):
        scheduler = self._scheduler()
        return position(scheduler) if scheduler is not None else None

    def _in_force(self) -> dict:
        """Describes the scheduler that really decides."""
        optimizer, registry = self._optimizer(), self.watcher.registry
        scheduler = self._scheduler()
        if scheduler is None:
            # Not learned yet: the last one that was made for this optimizer.
            scheduler = next(iter(reversed(registry.driving(optimizer))), None)
        # An engine's optimizer has groups of its own, which DeepSpeed keeps alike.
        return in_force(scheduler, self._stepped_by, registry, None if self._engine() is not None else optimizer)
