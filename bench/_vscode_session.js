// Scripted editing within VS Code, for vscode_session.py: for so many seconds, and after every step the buffer must be
// what the server has.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const vscode = require('vscode');

const run = vscode.commands.executeCommand;
let seed = 8;
const steps = {};
const latest = [];

exports.run = async () => {
    const folder = vscode.workspace.workspaceFolders[0].uri.fsPath;
    let files = ['a.py', 'b.py', 'large.py'].map((name) => path.join(folder, name));
    await until(async () => (await run('speedproof.statistics').then(() => true, () => false)) && (await has('bench.text')));
    await run('workbench.action.closeAllEditors');
    for (const file of files) {
        await same(await shown(file));
    }
    const deadline = Date.now() + 1000 * Number(process.env.BENCH_SECONDS);
    while (Date.now() < deadline) {
        const index = random(files.length);
        let document = await shown(files[index]);
        for (let count = 0; count < 12 && Date.now() < deadline; count += 1) {
            document = await step(document);
            files[index] = document.uri.fsPath;
            await same(document);
        }
        await document.save();
    }
};

async function step(document) {
    const [name, action] = ACTIONS[random(ACTIONS.length)];
    steps[name] = (steps[name] ?? 0) + 1;
    latest.push(name);
    // Before it is done, so that one that never ends can be told.
    fs.writeFileSync(process.env.BENCH_RESULT, JSON.stringify({ steps, latest: latest.slice(-5) }));
    return (await action(document)) ?? document;
}

const ACTIONS = [
    ['type', type],
    ['type', type],
    ['type', type],
    ['undo', async () => times(1 + random(4), () => run('undo'))],
    ['redo', async () => times(1 + random(2), () => run('redo'))],
    ['suggestion', suggestion],
    ['rename a name', async (document) => everywhere(document, /\bvalue\b/g, 'amount')],
    ['rename it back', async (document) => everywhere(document, /\bamount\b/g, 'value')],
    ['format', async (document) => everywhere(document, /[ \t]+$/gm, '')],
    ['save', async (document) => void (await document.save())],
    ['close and open', reopened],
    ['rename the file', renamed],
];

async function type(document) {
    await goTo(document, 1 + random(document.lineCount - 1));
    await run('type', { text: '\n' });
    for (const character of `    total = value(${random(1000)})  # größe 😀`) {
        await run('type', { text: character });
        await pause(15);
    }
}

async function suggestion(document) {
    await goTo(document, document.lineCount - 1);
    await run('type', { text: '\n' });
    await run('deleteAllLeft');
    for (const character of '    total = ') {
        await run('type', { text: character });
        await pause(30);
    }
    await pause(500);
    await run('editor.action.inlineSuggest.commit');
}

async function everywhere(document, pattern, replacement) {
    const edit = new vscode.WorkspaceEdit();
    for (const match of document.getText().matchAll(pattern)) {
        const [start, end] = [match.index, match.index + match[0].length].map((offset) => document.positionAt(offset));
        edit.replace(document.uri, new vscode.Range(start, end), replacement);
    }
    await vscode.workspace.applyEdit(edit);
}

async function reopened(document) {
    await document.save();
    await run('workbench.action.closeActiveEditor');
    await pause(200);
    return shown(document.uri.fsPath);
}

async function renamed(document) {
    await document.save();
    const { dir, name } = path.parse(document.uri.fsPath);
    const uri = vscode.Uri.file(path.join(dir, name.endsWith('_') ? `${name.slice(0, -1)}.py` : `${name}_.py`));
    await run('workbench.action.closeActiveEditor');
    await vscode.workspace.fs.rename(document.uri, uri); // as an edit it could be undone, by a later step
    return shown(uri.fsPath);
}

async function same(document) {
    let has;
    await until(async () => {
        has = await run('bench.text', document.uri.toString());
        return has === document.getText();
    }, () => difference(document, has));
    steps['compared'] = (steps['compared'] ?? 0) + 1;
}

function difference(document, text) {
    const buffer = document.getText();
    const at = [...buffer].findIndex((character, index) => character !== [...(text ?? '')][index]);
    const around = (whole) => JSON.stringify([...(whole ?? '')].slice(Math.max(0, at - 20), at + 20).join(''));
    const state = `closed: ${document.isClosed}, language: ${document.languageId}`;
    const where = `${document.uri} (${state}) after ${latest.slice(-5).join(', ')}`;
    return `${where}: ${around(buffer)}, the server has ${typeof text !== 'string' ? 'no such document' : around(text)}`;
}

async function shown(file) {
    const document = await vscode.workspace.openTextDocument(file);
    await vscode.window.showTextDocument(document, { preview: false });
    return document;
}

async function goTo(document, line) {
    const end = document.lineAt(Math.min(line, document.lineCount - 1)).range.end;
    vscode.window.activeTextEditor.selection = new vscode.Selection(end, end);
    vscode.window.activeTextEditor.revealRange(new vscode.Range(end, end));
}

async function has(command) {
    return (await vscode.commands.getCommands(true)).includes(command);
}

async function until(holds, what = () => String(holds)) {
    for (const deadline = Date.now() + 30_000; Date.now() < deadline; await pause(50)) {
        if (await holds()) {
            return;
        }
    }
    assert.fail(what());
}

async function times(count, action) {
    for (let number = 0; number < count; number += 1) {
        await action();
    }
}

function pause(milliseconds) {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Below `limit`; the same numbers in every run. */
function random(limit) {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return Math.floor((seed / 0x80000000) * limit);
}
