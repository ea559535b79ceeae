// Starts the server once the workspace is trusted, and connects what VS Code shows with what the server knows.

import * as vscode from 'vscode';

import { registerBatch } from './batch';
import { Connection } from './connection';
import { registerEditorCommands } from './commands';
import { ProofView } from './proof';
import { projectPython } from './python';
import { install, installed, ownProgram } from './server';
import { StatusItem } from './status';

export async function activate(context: vscode.ExtensionContext): Promise<void> {
    const output = vscode.window.createOutputChannel('Speedproof', { log: true });
    const status = new StatusItem();
    const proofs = new ProofView();
    const python = projectPython(output);
    const connection = new Connection(context, output, status, proofs, python);
    context.subscriptions.push(output, status, proofs, python, connection);
    registerEditorCommands(context, connection);
    registerBatch(context, python);
    context.subscriptions.push(
        vscode.commands.registerCommand('speedproof.restart', () => start(true)),
        vscode.commands.registerCommand('speedproof.install', async () => {
            if (vscode.workspace.isTrusted && (await install(context, output))) {
                await start(true);
            }
        }),
        vscode.commands.registerCommand('speedproof.menu', () => status.menu(connection)),
        vscode.commands.registerCommand('speedproof.showLog', () => output.show()),
        vscode.workspace.onDidGrantWorkspaceTrust(() => start(false)),
        vscode.workspace.onDidChangeConfiguration((change) => {
            if (change.affectsConfiguration('speedproof.server')) {
                void start(false);
            }
        }),
    );
    await start(false);

    async function start(restart: boolean): Promise<void> {
        if (!vscode.workspace.isTrusted) {
            status.untrusted();
            return;
        }
        const program = await installed(context);
        if (program === undefined) {
            status.missing();
            void askToInstall(context, output, () => start(true));
            return;
        }
        await connection.start(program, restart);
    }
}

/** Nothing is installed without the user's consent, and who does not want it is not asked again in this session. */
let asked = false;

async function askToInstall(
    context: vscode.ExtensionContext,
    output: vscode.LogOutputChannel,
    start: () => Promise<void>,
): Promise<void> {
    if (asked) {
        return;
    }
    asked = true;
    const choice = await vscode.window.showInformationMessage(
        'Speedproof is not on this machine yet. Install it into an environment of its own? ' +
            `It goes to ${ownProgram(context).folder} and touches no other environment.`,
        'Install',
        'Settings',
    );
    if (choice === 'Install' && (await install(context, output))) {
        await start();
    } else if (choice === 'Settings') {
        await vscode.commands.executeCommand('workbench.action.openSettings', 'speedproof.server');
    }
}
