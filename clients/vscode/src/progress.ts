// Progress of what the user waits for, where it can be seen and called off. The language client would show it in the
// status bar, where nothing can be called off.

import { randomUUID } from 'node:crypto';

import * as vscode from 'vscode';
import {
    ExecuteCommandRequest,
    type LanguageClient,
    WorkDoneProgress,
    WorkDoneProgressCancelNotification,
} from 'vscode-languageclient/node';

/** Have the server run a command; until it is done a notification says what it is at, and has a button to cancel it. */
export async function withProgress(client: LanguageClient, command: string, args: unknown[]): Promise<unknown> {
    const workDoneToken = randomUUID();
    let ended = () => {};
    const end = new Promise<void>((resolve) => (ended = resolve));
    let shown: vscode.Progress<{ message?: string; increment?: number }> | undefined;
    let percentage = 0;
    const listening = client.onProgress(WorkDoneProgress.type, workDoneToken, (value) => {
        if (value.kind === 'begin') {
            const options = { location: vscode.ProgressLocation.Notification, title: value.title, cancellable: true };
            void vscode.window.withProgress(options, (progress, cancel) => {
                shown = progress;
                const cancelling = cancel.onCancellationRequested(() => {
                    void client.sendNotification(WorkDoneProgressCancelNotification.type, { token: workDoneToken });
                });
                return end.finally(() => cancelling.dispose());
            });
        } else if (value.kind === 'report') {
            const now = value.percentage ?? percentage;
            shown?.report({ message: value.message, increment: now - percentage });
            percentage = now;
        } else {
            ended();
        }
    });
    try {
        return await client.sendRequest(ExecuteCommandRequest.type, { command, arguments: args, workDoneToken });
    } finally {
        ended();
        listening.dispose();
    }
}
