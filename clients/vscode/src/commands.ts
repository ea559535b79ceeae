// Commands of the palette and the editor's menu: each names the place of the cursor to a command of the server.

import * as vscode from 'vscode';

import type { Connection } from './connection';

export function registerEditorCommands(context: vscode.ExtensionContext, connection: Connection): void {
    const register = (name: string, action: (...args: never[]) => unknown) =>
        context.subscriptions.push(vscode.commands.registerCommand(name, action));
    register('speedproof.optimizeFunction', () => here((place) => connection.execute('speedproof.optimize', place)));
    register('speedproof.proveFunction', () => here((place) => connection.execute('speedproof.prove', place)));
    register('speedproof.askHint', async (place: object) => {
        const hint = await vscode.window.showInputBox({ prompt: 'What should the model make of this function?' });
        return hint ? connection.execute('speedproof.optimize', { ...place, hint }) : undefined;
    });
    register('speedproof.suggest', () => vscode.commands.executeCommand('editor.action.inlineSuggest.trigger'));
    register('speedproof.statistics', () => statistics(connection));
}

/** Call `action` with the place of the cursor. */
function here(action: (place: object) => unknown): unknown {
    const editor = vscode.window.activeTextEditor;
    if (editor?.document.languageId !== 'python') {
        return vscode.window.showInformationMessage('Speedproof: put the cursor into a Python function first.');
    }
    const { start, end } = editor.selection;
    const position = ({ line, character }: vscode.Position) => ({ line, character });
    return action({
        uri: editor.document.uri.toString(),
        version: editor.document.version,
        range: { start: position(start), end: position(end) },
    });
}

async function statistics(connection: Connection): Promise<void> {
    const report = await connection.execute<object>('speedproof.completionReport');
    if (report !== undefined) {
        const content = JSON.stringify(report, null, 2);
        await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'json', content }));
    }
}
