// What the extension does, seen from within VS Code. Run by test_vscode_host.py; throws where something is wrong.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const vscode = require('vscode');

const SECONDS = 90;

exports.run = async () => {
    const folder = vscode.workspace.workspaceFolders[0].uri;
    const uri = vscode.Uri.joinPath(folder, 'orderdesk', 'stock.py');
    const place = { uri: uri.toString(), qualname: 'levels_backwards' };
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document);
    const before = document.getText();
    const after = fs.readFileSync(process.env.TEST_EXPECTED, 'utf8');

    await step('the code action optimizes, and the buffer is as expected', async () => {
        const position = new vscode.Position(27, 0);
        const found = await until(async () => {
            const range = new vscode.Range(position, position);
            const actions = await vscode.commands.executeCommand('vscode.executeCodeActionProvider', uri, range);
            return actions.find((action) => action.title === 'Optimize `levels_backwards`');
        });
        const { version } = document;
        await vscode.commands.executeCommand(found.command.command, ...found.command.arguments);
        assert.equal(document.getText(), after);
        assert.equal(document.version, version + 1);
    });
    await step('lenses of what is applied, and after one undo of what is held', async () => {
        assert.deepEqual(await lenses(uri, 2), ['verified', 'proof']);
        await vscode.commands.executeCommand('undo');
        assert.equal(document.getText(), before);
        assert.deepEqual(await lenses(uri, 3), ['verified', 'apply', 'proof']);
    });
    await step('the proof: both texts, and the evidence', async () => {
        await vscode.commands.executeCommand('speedproof.showProof', place);
        const diff = await until(() => tabs().find((tab) => tab.input instanceof vscode.TabInputTextDiff));
        assert.equal((await vscode.workspace.openTextDocument(diff.input.original)).getText(), before);
        assert.equal((await vscode.workspace.openTextDocument(diff.input.modified)).getText(), after);
        const page = await until(() => tabs().find((tab) => tab.input instanceof vscode.TabInputWebview));
        assert.equal(page.label, 'levels_backwards: verified');
        await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    });
    await step('a whole folder, and its report', async () => {
        const small = vscode.Uri.joinPath(folder, 'small');
        await vscode.commands.executeCommand('speedproof.batch', small);
        await until(() => tabs().find((tab) => tab.label === 'Speedproof: small'));
        assert.ok(fs.existsSync(path.join(small.fsPath, 'speedproof-report', 'report.html')));
    });
    await step('another interpreter is told to the server', async () => {
        const python = await vscode.extensions.getExtension('ms-python.python').activate();
        python.choose('/another/python');
        const wire = process.env.TEST_WIRE;
        await until(() => fs.readFileSync(wire, 'utf8').includes('"python":"/another/python"'));
    });
};

async function step(name, action) {
    try {
        await action();
        console.log(`passed: ${name}`);
    } catch (error) {
        throw new Error(`${name}: ${error.stack ?? error}`);
    }
}

async function until(ask) {
    for (const deadline = Date.now() + 1000 * SECONDS; Date.now() < deadline; ) {
        const answer = await ask();
        if (answer) {
            return answer;
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`not within ${SECONDS} seconds: ${ask}`);
}

function tabs() {
    return vscode.window.tabGroups.all.flatMap((group) => group.tabs);
}

/** The first words of the lenses' titles, once there are so many. */
async function lenses(uri, count) {
    const titles = await until(async () => {
        const found = await vscode.commands.executeCommand('vscode.executeCodeLensProvider', uri);
        return found.length === count ? found.map((lens) => lens.command.title) : undefined;
    });
    return titles.map((title) => title.split(' ')[0]);
}
