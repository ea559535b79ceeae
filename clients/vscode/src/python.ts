// The interpreter of the project, as it is chosen in the Python extension. Without that extension the server finds it.

import * as vscode from 'vscode';

/** As much as is used of the interface of ms-python.python. */
interface PythonExtension {
    environments: {
        getActiveEnvironmentPath(resource?: vscode.Uri): { path: string };
        resolveEnvironment(environment: { path: string }): Promise<{ executable: { uri?: vscode.Uri } } | undefined>;
        onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
    };
}

export interface ProjectPython extends vscode.Disposable {
    /** Empty where none is known. */
    path(): Promise<string>;
    onDidChange: vscode.Event<void>;
}

export function projectPython(output: vscode.LogOutputChannel): ProjectPython {
    const changed = new vscode.EventEmitter<void>();
    const disposables: vscode.Disposable[] = [changed];
    let api: Promise<PythonExtension | undefined> | undefined;

    async function activated(): Promise<PythonExtension | undefined> {
        const extension = vscode.extensions.getExtension<PythonExtension>('ms-python.python');
        const exported = await extension?.activate();
        if (exported?.environments === undefined) {
            return undefined;
        }
        disposables.push(exported.environments.onDidChangeActiveEnvironmentPath(() => changed.fire()));
        return exported;
    }

    return {
        onDidChange: changed.event,
        async path() {
            try {
                const environments = (await (api ??= activated()))?.environments;
                if (environments === undefined) {
                    return '';
                }
                // One server has one interpreter: that of the first folder.
                const active = environments.getActiveEnvironmentPath(vscode.workspace.workspaceFolders?.[0]?.uri);
                const resolved = await environments.resolveEnvironment(active);
                return resolved?.executable.uri?.fsPath ?? '';
            } catch (error) {
                output.warn(`the Python extension does not tell its interpreter: ${String(error)}`);
                return '';
            }
        },
        dispose: () => vscode.Disposable.from(...disposables).dispose(),
    };
}
