// Pointer on a trace: a click moves the step, a drag brushes a span, with Shift it moves the axis; the wheel with Ctrl or two fingers zoom.

const DRAG = 4; // px before a press becomes a brush

export function listenToTrace(panel) {
  const { canvas } = panel.overlay;
  const { app, traces } = panel;
  const fingers = new Map();
  let press = null;
  let pinch = null;
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const [x] = at(event);
    fingers.set(event.pointerId, x);
    canvas.setPointerCapture(event.pointerId);
    if (fingers.size === 2) {
      pinch = { places: [...fingers.values()].map((px) => panel.invertX(px)) };
      press = null;
    } else press = { x, step: panel.stepAt(x), moving: event.shiftKey, place: panel.invertX(x), brushing: false };
  });
  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = at(event);
    if (fingers.has(event.pointerId)) fingers.set(event.pointerId, x);
    if (pinch && fingers.size === 2) {
      traces.fitTo(pinch.places, [...fingers.values()], panel);
      return;
    }
    if (press && Math.abs(x - press.x) > DRAG) press.brushing = true;
    if (press?.brushing && press.moving) {
      traces.fitTo([press.place], [x], panel);
      return;
    }
    if (press?.brushing) {
      const to = panel.stepAt(x);
      app.store.set({ selection: to === press.step ? [] : [Math.min(press.step, to), Math.max(press.step, to)] });
    }
    panel.point(x, y);
  });
  const up = (event) => {
    if (event.type === "pointerup" && press && !press.brushing) app.scrub(panel.stepAt(at(event)[0]));
    fingers.delete(event.pointerId);
    press = pinch = null;
  };
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  canvas.addEventListener("pointerleave", () => panel.leave());
  canvas.addEventListener("dblclick", () => traces.show([]));
  canvas.addEventListener(
    "wheel",
    (event) => {
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
      if (!event.ctrlKey && !event.metaKey && !sideways) return; // the page scrolls, unless a modifier says zoom
      event.preventDefault();
      const [x] = at(event);
      if (event.ctrlKey || event.metaKey) traces.zoom(Math.exp(event.deltaY * 0.003), panel.invertX(x));
      else traces.pan((event.deltaX || event.deltaY) / (panel.box.right - panel.box.left));
    },
    { passive: false },
  );
}
