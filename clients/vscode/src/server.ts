// Where the server's program is, and how it gets there.

import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, rm } from 'node:fs/promises';
import * as path from 'node:path';

import * as vscode from 'vscode';

const ON_WINDOWS = process.platform === 'win32';
const BIN = ON_WINDOWS ? 'Scripts' : 'bin';
const EXE = ON_WINDOWS ? '.exe' : '';

/** Raised where the user has called it off. */
class Cancelled extends Error {}

/** The program: the one that is set, else the one on PATH, else the one that was installed from here. */
export async function installed(context: vscode.ExtensionContext): Promise<string | undefined> {
    const set = vscode.workspace.getConfiguration('speedproof').get<string>('server.command', '').trim();
    if (set !== '') {
        return set;
    }
    const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
    const candidates = folders.map((folder) => path.join(folder, `speedproof${EXE}`));
    for (const candidate of [...candidates, ownProgram(context).program]) {
        if (await canRun(candidate)) {
            return candidate;
        }
    }
    return undefined;
}

export function ownProgram(context: vscode.ExtensionContext): { folder: string; program: string } {
    const folder = path.join(context.globalStorageUri.fsPath, 'environment');
    return { folder, program: path.join(folder, BIN, `speedproof${EXE}`) };
}

/** Put the server into its own environment, with progress that can be cancelled. Whether it is there afterwards. */
export async function install(context: vscode.ExtensionContext, output: vscode.LogOutputChannel): Promise<boolean> {
    const { folder, program } = ownProgram(context);
    const requirement = vscode.workspace.getConfiguration('speedproof').get<string>('server.requirement', 'speedproof');
    const options = { location: vscode.ProgressLocation.Notification, title: 'Installing Speedproof', cancellable: true };
    try {
        await vscode.window.withProgress(options, async (progress, cancel) => {
            const run = (file: string, ...args: string[]) => execute(file, args, output, cancel);
            progress.report({ message: 'looking for Python 3.11 or newer' });
            const python = await findPython(run);
            progress.report({ message: `making an environment with ${python}` });
            await rm(folder, { recursive: true, force: true });
            await run(python, '-m', 'venv', folder);
            progress.report({ message: `pip install ${requirement}` });
            const own = path.join(folder, BIN, `python${EXE}`);
            await run(own, '-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', requirement);
        });
        return await canRun(program);
    } catch (error) {
        // Half an environment would be taken for one the next time.
        await rm(folder, { recursive: true, force: true });
        if (!(error instanceof Cancelled)) {
            output.error(String(error));
            const choice = await vscode.window.showErrorMessage(`Speedproof could not be installed: ${first(error)}`, 'Show Log');
            if (choice !== undefined) {
                output.show();
            }
        }
        return false;
    }
}

type Run = (file: string, ...args: string[]) => Promise<string>;

async function findPython(run: Run): Promise<string> {
    const set = vscode.workspace.getConfiguration('speedproof').get<string>('server.python', '').trim();
    const names = ['python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3', 'python'];
    for (const name of set === '' ? names : [set]) {
        try {
            await run(name, '-c', 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))');
            return name;
        } catch (error) {
            if (error instanceof Cancelled) {
                throw error;
            }
        }
    }
    throw new Error(
        set === ''
            ? 'there is no Python 3.11 or newer with venv on PATH; name one in speedproof.server.python'
            : `${set} is no Python 3.11 or newer with venv (speedproof.server.python)`,
    );
}

function execute(file: string, args: string[], output: vscode.LogOutputChannel, cancel: vscode.CancellationToken): Promise<string> {
    output.info([file, ...args].join(' '));
    return new Promise((resolve, reject) => {
        // Not in the workspace: a folder there could hold modules that Python would import instead of its own.
        const child = execFile(file, args, { cwd: path.parse(process.execPath).root }, (error, stdout, stderr) => {
            watch.dispose();
            output.info(stdout + stderr);
            if (cancel.isCancellationRequested) {
                reject(new Cancelled());
            } else if (error !== null) {
                reject(new Error(stderr.trim().split('\n').at(-1) || error.message));
            } else {
                resolve(stdout);
            }
        });
        const watch = cancel.onCancellationRequested(() => child.kill());
    });
}

async function canRun(program: string): Promise<boolean> {
    try {
        await access(program, constants.X_OK);
        return true;
    } catch {
        return false;
    }
}

function first(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}
