// A whole folder, as a task in a terminal: it can be watched, ended and begun again, and goes on where it was.

import * as path from 'node:path';

import * as vscode from 'vscode';

import { installed } from './server';
import type { ProjectPython } from './python';

const TASK = 'speedproof.batch';
const REPORT = 'speedproof-report';

export function registerBatch(context: vscode.ExtensionContext, python: ProjectPython): void {
    context.subscriptions.push(
        vscode.commands.registerCommand('speedproof.batch', (folder?: vscode.Uri) => batch(context, python, folder)),
        vscode.commands.registerCommand('speedproof.openReport', async (folder?: vscode.Uri) => {
            const chosen = folder ?? (await chosenFolder());
            return chosen && openReport(chosen);
        }),
    );
}

async function batch(context: vscode.ExtensionContext, python: ProjectPython, given?: vscode.Uri): Promise<void> {
    const folder = given ?? (await chosenFolder());
    const program = vscode.workspace.isTrusted ? await installed(context) : undefined;
    if (folder === undefined || program === undefined) {
        void vscode.window.showInformationMessage('Speedproof: open and trust a folder, and install the server first.');
        return;
    }
    const interpreter = await python.path();
    const args = ['batch', folder.fsPath, '--output', path.join(folder.fsPath, REPORT)];
    const execution = new vscode.ProcessExecution(program, [...args, ...(interpreter ? ['--python', interpreter] : [])], {
        cwd: folder.fsPath,
    });
    const name = `batch ${path.basename(folder.fsPath)}`;
    const task = new vscode.Task({ type: TASK }, vscode.TaskScope.Workspace, name, 'Speedproof', execution, []);
    task.presentationOptions = { reveal: vscode.TaskRevealKind.Always };
    const running = await vscode.tasks.executeTask(task);
    const watch = vscode.tasks.onDidEndTaskProcess(async (event) => {
        if (event.execution !== running) {
            return;
        }
        watch.dispose();
        // 0: something was found, 1: nothing was. Anything else has written no report.
        if (event.exitCode === 0 || event.exitCode === 1) {
            await openReport(folder);
        }
    });
}

async function openReport(folder: vscode.Uri): Promise<void> {
    const file = vscode.Uri.joinPath(folder, REPORT, 'report.html');
    try {
        const html = new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
        // Its own policy allows the one script that it comes with, by its hash, and nothing else.
        const options = { enableScripts: true, enableFindWidget: true, localResourceRoots: [] };
        const title = `Speedproof: ${path.basename(folder.fsPath)}`;
        vscode.window.createWebviewPanel('speedproof.report', title, vscode.ViewColumn.Active, options).webview.html = html;
    } catch {
        void vscode.window.showInformationMessage(`Speedproof: there is no report in ${path.join(folder.fsPath, REPORT)} yet.`);
    }
}

async function chosenFolder(): Promise<vscode.Uri | undefined> {
    const folders = vscode.workspace.workspaceFolders ?? [];
    return folders.length > 1 ? (await vscode.window.showWorkspaceFolderPick())?.uri : folders[0]?.uri;
}
