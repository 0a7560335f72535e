// As much of a browser as the example page uses: elements that print what they are given. argv: page, hub.
import { readFileSync } from 'node:fs';
import { runInThisContext } from 'node:vm';

class Element {
    set textContent(text) { this.text = text; if (this.id) console.log(`${this.id}: ${text}`); }
    append(child) { console.log(`${this.id}: ${child.text}`); }
}

const elements = {};
globalThis.location = { search: `?hub=${encodeURIComponent(process.argv[3])}` };
globalThis.document = {
    getElementById: (id) => (elements[id] ??= Object.assign(new Element(), { id })),
    createElement: () => new Element(),
};
runInThisContext(/<script>([^]*)<\/script>/.exec(readFileSync(process.argv[2], 'utf8'))[1]);
