// The item in the status bar: the model, what is under way, whether completions are snoozed; and its menu.

import * as vscode from 'vscode';

import type { Connection } from './connection';

/** As in docs/protocol.md. */
export interface ServerStatus {
    completion: 'automatic' | 'manual' | 'off';
    model: { name: string; url: string | null } | null;
    snoozed_seconds: number;
    working: string[];
    problem: string | null;
}

interface Choice extends vscode.QuickPickItem {
    action?: () => unknown;
}

export class StatusItem implements vscode.Disposable {
    private readonly item = vscode.window.createStatusBarItem('speedproof', vscode.StatusBarAlignment.Right, 100);
    private status: ServerStatus | undefined;

    constructor() {
        this.item.name = 'Speedproof';
        this.item.command = 'speedproof.menu';
        this.item.show();
    }

    untrusted(): void {
        this.set('$(shield) Speedproof', 'The workspace is not trusted: the server is not started, and nothing is run.');
    }

    missing(): void {
        this.set('$(cloud-download) Speedproof', 'The server is not installed.');
    }

    starting(): void {
        this.set('$(loading~spin) Speedproof', 'The server is starting.');
    }

    running(): void {
        this.set('$(zap) Speedproof', 'The server is running.');
    }

    failed(): void {
        this.set('$(error) Speedproof', 'The server does not run. The log says why.');
    }

    show(status: ServerStatus): void {
        this.status = status;
        const { icon, text, tooltip } = words(status);
        this.item.text = `$(${icon}) ${text}`;
        this.item.tooltip = tooltip;
        this.item.accessibilityInformation = { label: `Speedproof: ${tooltip}` };
    }

    async menu(connection: Connection): Promise<void> {
        const chosen = await vscode.window.showQuickPick(this.choices(connection), { title: `Speedproof: ${this.item.tooltip}` });
        await chosen?.action?.();
    }

    dispose(): void {
        this.item.dispose();
    }

    private set(text: string, tooltip: string): void {
        this.status = undefined;
        this.item.text = text;
        this.item.tooltip = tooltip;
        this.item.accessibilityInformation = { label: tooltip };
    }

    private choices(connection: Connection): Choice[] {
        const run = (command: string, ...args: unknown[]) => () => vscode.commands.executeCommand(command, ...args);
        const snooze = (minutes: number) => () => connection.execute('speedproof.snooze', minutes);
        const general: Choice[] = [
            { label: 'Settings', action: run('workbench.action.openSettings', '@ext:speedproof.speedproof') },
            { label: 'Show the log', action: run('speedproof.showLog') },
        ];
        if (!vscode.workspace.isTrusted) {
            return [{ label: 'Manage workspace trust', action: run('workbench.trust.manage') }, ...general];
        }
        if (this.status === undefined) {
            return [
                { label: 'Start the server', action: run('speedproof.restart') },
                { label: 'Install the server', action: run('speedproof.install') },
                ...general,
            ];
        }
        return [
            ...(this.status.snoozed_seconds > 0
                ? [{ label: 'Suggest again', action: snooze(0) }]
                : [5, 30, 120].map((minutes) => ({ label: `No suggestions for ${minutes} minutes`, action: snooze(minutes) }))),
            { label: 'Optimize the function at the cursor', action: run('speedproof.optimizeFunction') },
            { label: 'Look through the whole folder', action: run('speedproof.batch') },
            { label: 'Statistics of this session', action: run('speedproof.statistics') },
            { label: 'Restart the server', action: run('speedproof.restart') },
            ...general,
        ];
    }
}

function words(status: ServerStatus): { icon: string; text: string; tooltip: string } {
    const model = status.model === null ? 'no model' : status.model.name || status.model.url || 'a model';
    const where = status.model === null ? 'No model completes' : `${model} completes ${status.model.url === null ? 'here' : `at ${status.model.url}`}`;
    if (status.working.length > 0) {
        return { icon: 'loading~spin', text: status.working[0] ?? '', tooltip: status.working.join(', ') };
    }
    if (status.problem !== null) {
        return { icon: 'warning', text: model, tooltip: status.problem };
    }
    if (status.snoozed_seconds > 0) {
        return { icon: 'bell-slash', text: 'snoozed', tooltip: `No suggestions for ${Math.ceil(status.snoozed_seconds / 60)} minutes` };
    }
    if (status.completion !== 'automatic' && status.model !== null) {
        return { icon: 'zap', text: `${model} (${status.completion})`, tooltip: `${where}, completion is ${status.completion}` };
    }
    return { icon: 'zap', text: status.model === null ? 'Speedproof' : model, tooltip: where };
}
