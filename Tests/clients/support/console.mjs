// A browser's console: runs a script's blocks one after the other, as somebody pastes them, the later ones once
// the socket is open. argv: script.
import { readFileSync } from 'node:fs';
import { runInThisContext } from 'node:vm';

const blocks = readFileSync(process.argv[2], 'utf8').split(/\n\n(?=\/\/)/);
const firstToSend = blocks.findIndex((block) => block.includes('ws.send'));
for (const block of blocks.slice(0, firstToSend)) runInThisContext(block);
runInThisContext('ws').addEventListener('open', () => {
    for (const block of blocks.slice(firstToSend)) runInThisContext(block);
});
