import { applyPatch, readPayload } from "./payload.js";

/** The whole view (skeleton). */
export class Explorer {
  constructor(el, payload, host) {
    this.payload = readPayload(payload);
    this.host = host;
    this.root = document.createElement("div");
    this.root.className = "lx";
    el.append(this.root);
    this.draw();
  }
  draw() {
    this.root.textContent = `${this.payload.title}: ${this.payload.runs.length} runs`;
  }
  patch(patch) {
    applyPatch(this.payload, patch);
    this.draw();
  }
  destroy() {
    this.root.remove();
  }
}
