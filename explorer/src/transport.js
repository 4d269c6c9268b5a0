// The step: a slider with marks where checkpoints are, play, an exact number; and the span of steps that is brushed.

import { h, icon, setText } from "./dom.js";
import { checkpointSteps } from "./runs.js";

const PLAY_SECONDS = 14; // for all steps
const JUMP_MS = 500; // per checkpoint where motion is to be reduced

function write(input, value) {
  if (input.dataset.typing !== "yes" && input.value !== value) input.value = value;
}

export class Transport {
  constructor(app) {
    this.app = app;
    const { store } = app;
    // What is being typed is not overwritten before it is entered.
    const number = (label, enter) => {
      const typing = (yes) => () => (input.dataset.typing = yes);
      const input = h("input", {
        type: "number",
        class: "lx-number",
        min: "0",
        step: "1",
        "aria-label": label,
        oninput: typing("yes"),
        onchange: () => {
          typing("no")();
          enter();
        },
      });
      return input;
    };
    this.play = h("button", { type: "button", class: "lx-play", onclick: () => this.setPlaying(!this.playing) });
    this.slider = h("input", {
      type: "range",
      class: "lx-slider",
      min: "0",
      step: "1",
      "aria-label": "Step",
      oninput: () => this.scrub(Number(this.slider.value)),
    });
    this.marks = h("div", { class: "lx-marks", "aria-hidden": "true" });
    this.step = number("Step, exact", () => this.scrub(Number(this.step.value)));
    this.total = h("span", { class: "lx-total" });
    this.follow = h("button", {
      type: "button",
      class: "lx-follow",
      "aria-label": "Follow the training",
      onclick: () => store.set({ following: !store.get("following") }),
      text: "Live",
    });
    this.from = number("Span of steps, first", () => this.setSpan());
    this.to = number("Span of steps, last", () => this.setSpan());
    this.zoom = h("button", {
      type: "button",
      class: "lx-mini",
      "aria-pressed": "false",
      text: "zoom",
      title: "Show the span alone",
      "aria-label": "Zoom the traces to the span",
      onclick: () => app.traces.zoomToSpan(),
    });
    this.clear = h(
      "button",
      {
        type: "button",
        class: "lx-mini lx-square",
        title: "Clear the span",
        "aria-label": "Clear the span",
        onclick: () => {
          this.from.dataset.typing = this.to.dataset.typing = "no";
          store.set({ selection: [] });
          this.draw();
        },
      },
      icon("close"),
    );
    this.el = h(
      "div",
      { class: "lx-transport", role: "group", "aria-label": "Steps" },
      this.play,
      h("div", { class: "lx-slide" }, this.slider, this.marks),
      h("label", { class: "lx-field" }, h("span", { text: "step" }), this.step),
      this.total,
      this.follow,
      h(
        "div",
        { class: "lx-field lx-span", role: "group", "aria-label": "Span of steps" },
        h("span", { text: "span" }),
        this.from,
        h("span", { text: "–" }),
        this.to,
        this.zoom,
        this.clear,
      ),
    );
    this.playing = false;
    this.drawPlay();
  }

  /** Go to a step by hand, which ends following unless it is the last. */
  scrub(step) {
    this.app.scrub(step);
  }

  setSpan() {
    const { store } = this.app;
    const typed = [this.from, this.to].filter((input) => input.value !== "");
    if (typed.length === 1) {
      typed[0].dataset.typing = "yes"; // kept until the other end is there
      return;
    }
    if (!typed.length) {
      store.set({ selection: [] });
      return;
    }
    const [a, b] = [this.from, this.to].map((input) => this.app.clampStep(Math.round(Number(input.value))));
    this.from.dataset.typing = this.to.dataset.typing = "no";
    store.set({ selection: a === b ? [] : [Math.min(a, b), Math.max(a, b)] });
    this.draw();
  }

  /** Take the payload's steps. */
  build() {
    const last = this.app.lastStep;
    this.slider.max = this.step.max = this.from.max = this.to.max = String(last);
    setText(this.total, `of ${last}`);
    const steps = checkpointSteps(this.app.payload.runs);
    const shown = steps.length <= 400 ? steps : [];
    this.marks.replaceChildren(
      ...shown.map((step) => h("i", { style: `left:${last ? (100 * step) / last : 0}%` })),
    );
    this.draw();
  }

  draw() {
    const { store } = this.app;
    const step = store.get("step");
    if (Number(this.slider.value) !== step) this.slider.value = String(step);
    this.slider.setAttribute("aria-valuetext", `step ${step} of ${this.app.lastStep}`);
    this.slider.style.setProperty("--at", `${this.app.lastStep ? (100 * step) / this.app.lastStep : 0}%`);
    write(this.step, String(step));
    const span = store.get("selection");
    this.el.classList.toggle("lx-has-span", span.length > 0);
    write(this.from, span.length ? String(span[0]) : "");
    write(this.to, span.length ? String(span[1]) : "");
    this.zoom.disabled = this.clear.disabled = !span.length;
    this.zoom.setAttribute("aria-pressed", String(this.app.traces.zoomed && span.length > 0));
    this.follow.hidden = !this.app.live;
    this.follow.setAttribute("aria-pressed", String(store.get("following")));
  }

  drawPlay() {
    this.play.replaceChildren(icon(this.playing ? "pause" : "play"));
    this.play.setAttribute("aria-label", this.playing ? "Pause" : "Play the steps");
    this.play.title = this.playing ? "Pause" : "Play the steps";
  }

  setPlaying(playing) {
    if (playing === this.playing) return;
    this.playing = playing;
    this.drawPlay();
    clearTimeout(this.timer);
    cancelAnimationFrame(this.timer);
    if (!playing) return;
    const { store } = this.app;
    if (store.get("following")) store.set({ following: false });
    if (store.get("step") >= this.app.lastStep) store.set({ step: 0 });
    if (this.app.reducedMotion()) this.jump();
    else this.run();
  }

  /** Checkpoint by checkpoint. */
  jump() {
    const { store } = this.app;
    const next = checkpointSteps(this.app.payload.runs).find((step) => step > store.get("step")) ?? this.app.lastStep;
    this.timer = setTimeout(() => {
      if (!this.playing) return;
      store.set({ step: next });
      if (next >= this.app.lastStep) this.setPlaying(false);
      else this.jump();
    }, JUMP_MS);
  }

  /** All steps at an even pace. */
  run() {
    const { store } = this.app;
    let before = performance.now();
    let exact = store.get("step");
    const tick = (now) => {
      if (!this.playing) return;
      if (Math.abs(store.get("step") - exact) > 1) exact = store.get("step"); // moved by hand meanwhile
      exact += ((now - before) / 1000 / PLAY_SECONDS) * this.app.lastStep;
      before = now;
      const step = Math.min(this.app.lastStep, Math.floor(exact));
      store.set({ step });
      if (step >= this.app.lastStep) this.setPlaying(false);
      else this.timer = requestAnimationFrame(tick);
    };
    this.timer = requestAnimationFrame(tick);
  }

  destroy() {
    this.setPlaying(false);
  }
}
