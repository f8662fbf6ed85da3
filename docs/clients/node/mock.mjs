// A mock for tests: const mock = await Mock.start(); … mock.end();

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export class Mock {
  // It ends when its standard input is closed, however this process ends.
  static async start(...options) {
    const child = spawn(process.env.JPKI ?? 'jpki', ['mock', ...options], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [line] = await once(createInterface({ input: child.stdout }), 'line');
    return new Mock(JSON.parse(line), child);
  }

  #process;

  // `world`: the first line (docs/mock.md, section 2).
  constructor(world, child) {
    this.world = world;
    this.#process = child;
  }

  end() { this.#process.stdin.end(); }

  async call(method, path, body) {
    const answer = await fetch(this.world.control + path, { method, body: body && JSON.stringify(body) });
    const value = await answer.json();
    if (!answer.ok) throw new Error(value.detail);
    return value;
  }

  event(event, resident, items = {}) { return this.call('POST', '/mock/events', { event, resident: resident.id, ...items }); }
  fault(fault, scope = {}) { return this.call('POST', '/mock/faults', { fault, ...scope }); }
  clock(change) { return this.call('PUT', '/mock/clock', change); }
  publish() { return this.call('POST', '/mock/publish'); }
  reset() { return this.call('POST', '/mock/reset'); }
}
