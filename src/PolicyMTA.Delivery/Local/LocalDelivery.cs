using System.Buffers;
using System.Text;
using Microsoft.Extensions.Logging;
using PolicyMTA.Delivery.Commands;
using PolicyMTA.Delivery.Mailboxes;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Local;

/// <summary>Does what a <see cref="LocalDestination"/> says: into a mailbox, a file, a maildir or a command, with the rights of the user it is for.</summary>
internal sealed partial class LocalDelivery(LocalSite site, TimeProvider time)
{
    private static readonly EnhancedStatus Delivered = new(2, 0, 0), UnknownUser = new(5, 1, 1), Trouble = new(4, 3, 0), MailboxTrouble = new(4, 2, 0), MailboxKind = new(5, 2, 0), MailboxFull = new(5, 2, 2);
    // What a command may hold without being read by a shell (local(8)).
    private static readonly SearchValues<char> PlainCharacters = SearchValues.Create(LocalSettings.SafeCharacters + " ");

    private readonly CommandRunner _runner = new(time);
    private readonly Mbox _mailboxes = new(site.Files.Threads, time);
    // What arrived before this process may have been delivered by the one that crashed.
    private readonly DateTimeOffset _started = time.GetUtcNow();

    public async ValueTask<RecipientOutcome> DeliverAsync(QueuedMessage message, QueuedRecipient recipient, LocalDestination destination, DeliveryGeneration generation, CancellationToken cancellationToken)
    {
        try
        {
            var (status, text) = await RunAsync(new Work(message, recipient, generation, destination.Delivered), destination, cancellationToken);
            return LocalTransport.Outcome(recipient, status, text);
        }
        catch (ExpansionDeferredException deferred)
        {
            return LocalTransport.Outcome(recipient, deferred.Status, deferred.Message);
        }
    }

    /// <summary>What <see cref="DeliverAsync"/> would do, in the words of local(8).</summary>
    public static string Foretell(LocalDestination destination, LocalSettings settings) => destination switch
    {
        { Command: { } command } => $"delivers to command: {command}",
        { File: { } file } => $"delivers to file: {file}",
        _ when settings.MailboxCommand.Length > 0 => $"delivers to command: {settings.MailboxCommand}",
        _ => settings.HomeMailbox.EndsWith('/') || (settings.HomeMailbox.Length == 0 && settings.MailSpoolDirectory.EndsWith('/')) ? "delivers to maildir" : "delivers to mailbox",
    };

    private async ValueTask<(EnhancedStatus Status, string Text)> RunAsync(Work work, LocalDestination destination, CancellationToken cancellationToken)
    {
        var settings = work.Generation.Settings.Local;
        if (destination.Mailbox is { } name)
        {
            if (await FindAsync(name) is not { } user) return (UnknownUser, $"unknown user: \"{name}\"");
            return await IntoMailboxAsync(work, user, settings, cancellationToken);
        }
        var owner = destination.User is { } known ? await FindAsync(known) ?? throw new ExpansionDeferredException(Trouble, $"user {known} is gone") : null;
        var rights = owner is { IsRoot: false } ? owner : await DefaultAsync(settings);
        if (destination.Command is { } command) return await IntoCommandAsync(work, command, owner, rights, cancellationToken);
        var path = destination.File!;
        if (path == "/dev/null") return (Delivered, $"delivered to file: {path}");
        if (path.EndsWith('/')) return await IntoMaildirAsync(work, path, rights, cancellationToken);
        var target = new MailboxTarget(path, rights) { SizeLimit = settings.MailboxSizeLimit, Locking = settings.MailboxLocking };
        return await IntoFileAsync(work, target, $"delivered to file: {path}", $"cannot append message to file {path}", cancellationToken);
    }

    private async ValueTask<(EnhancedStatus Status, string Text)> IntoMailboxAsync(Work work, UserAccount user, LocalSettings settings, CancellationToken cancellationToken)
    {
        if (settings.RequireHomeDirectory && !await site.Files.RunAsync(() => Directory.Exists(user.Home))) return (Trouble, $"cannot access home directory {user.Home}");
        var command = await TableSearch.FindAsync(settings.MailboxCommandMaps, user.Name, cancellationToken) ?? settings.MailboxCommand;
        if (command.Length > 0) return await IntoCommandAsync(work, command, user, user.IsRoot ? await DefaultAsync(settings) : user, cancellationToken);
        var path = settings.HomeMailbox.Length > 0 ? Path.Combine(user.Home, settings.HomeMailbox.TrimStart('/')) : Path.Combine(settings.MailSpoolDirectory, user.Name) + (settings.MailSpoolDirectory.EndsWith('/') ? "/" : "");
        if (path.EndsWith('/')) return await IntoMaildirAsync(work, path, user, cancellationToken);
        var target = new MailboxTarget(path, user)
        {
            SizeLimit = settings.MailboxSizeLimit, Locking = settings.MailboxLocking, OwnerMustBe = settings.StrictMailboxOwnership ? user.Id : null,
            Group = settings.HomeMailbox.Length == 0 ? await site.Files.RunAsync(() => SpoolGroup(settings.MailSpoolDirectory)) : null,
        };
        return await IntoFileAsync(work, target, "delivered to mailbox", $"cannot update mailbox {path} for user {user.Name}", cancellationToken, settings.HomeMailbox.Length == 0 ? user : null);
    }

    private async ValueTask<(EnhancedStatus Status, string Text)> IntoFileAsync(Work work, MailboxTarget target, string done, string failed, CancellationToken cancellationToken, UserAccount? spoolOwner = null)
    {
        // Outside the try: content that can't be read is the queue's trouble, not the mailbox's.
        await using var stream = work.Message.Content.Segments is null ? await work.Message.Content.OpenReadAsync(cancellationToken) : null;
        try
        {
            if (spoolOwner is not null) await site.Files.RunAsync(() => SpoolMailbox.Create(target, spoolOwner));
            var content = new CommandContent(work.Message, new PipeSettings { Command = [], Flags = work.Has("file") ? "FROD>B" : "FRO>B" });
            await _mailboxes.AppendAsync(target, file => content.Write(file, work.Shown, stream), cancellationToken);
            return (Delivered, done);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Log.WriteFailed(site.Logger, work.Message.Id, target.Path, error.Message);
            return (error switch { MailboxKindException => MailboxKind, MailboxFullException => MailboxFull, _ => MailboxTrouble }, $"{failed}. {error.Message}");
        }
    }

    private async ValueTask<(EnhancedStatus Status, string Text)> IntoMaildirAsync(Work work, string path, UserAccount rights, CancellationToken cancellationToken)
    {
        var (message, recipient) = (work.Message, work.Recipient);
        var name = MaildirTransport.NameOf(message, recipient, work.Generation.Settings.MyHostname);
        var mayBeRepeat = message.Arrived < _started || recipient.Attempts > 0;
        await using var stream = message.Content.Segments is null ? await message.Content.OpenReadAsync(cancellationToken) : null;
        try
        {
            await site.Files.RunAsync(() => UserRights.Run(rights, null, () =>
            {
                Maildir.Write(path.TrimEnd('/'), name, work.Head(), message.Content, stream, mayBeRepeat);
                return true;
            }));
            return (Delivered, "delivered to maildir");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Log.WriteFailed(site.Logger, message.Id, path, error.Message);
            return (MailboxTrouble, $"maildir delivery failed: {error.Message}");
        }
    }

    private async ValueTask<(EnhancedStatus Status, string Text)> IntoCommandAsync(Work work, string command, UserAccount? user, UserAccount rights, CancellationToken cancellationToken)
    {
        if (!UserRights.CanActAs(rights)) return (Trouble, $"cannot run commands as user {rights.Name}: this server does not run as root");
        var settings = work.Generation.Settings.Local;
        var environment = LocalEnvironment.Of(work.Message, work.Recipient, user, work.Generation.Addresses, settings.CommandExpansionFilter);
        var run = new CommandRun(Words(command), rights.Id == UserRights.OwnId ? null : rights.Name, FolderOf(work, user, settings), environment, settings.CommandTimeLimit);
        await using var stream = work.Message.Content.Segments is null ? await work.Message.Content.OpenReadAsync(cancellationToken) : null;
        var content = new CommandContent(work.Message, new PipeSettings { Command = [], Flags = work.Has("command") ? "FROD" : "FRO" });
        var end = await _runner.RunAsync(run, (input, token) => content.WriteAsync(input, work.Shown, stream, token), cancellationToken);
        return SystemExit.Read(end, command, $"delivered to command: {command}");
    }

    private static string FolderOf(Work work, UserAccount? user, LocalSettings settings)
    {
        if (settings.CommandExecutionDirectory.Length == 0) return "/";
        var macros = new LocalMacros(LocalRecipient.Of(work.Recipient.Address, work.Generation.Addresses), user, settings.ExecutionDirectoryExpansionFilter);
        return macros.TryExpand(settings.CommandExecutionDirectory, out var folder) && Directory.Exists(folder) ? folder
            : throw new ExpansionDeferredException(Trouble, $"cannot change to the command's folder \"{folder}\"");
    }

    // A shell only where there is something for it to do.
    private static string[] Words(string command) =>
        command.StartsWith('/') && !command.AsSpan().ContainsAnyExcept(PlainCharacters) && command.Split(' ', StringSplitOptions.RemoveEmptyEntries) is var words && File.Exists(words[0]) ? words : ["/bin/sh", "-c", command];

    private async ValueTask<UserAccount> DefaultAsync(LocalSettings settings) =>
        await FindAsync(settings.DefaultPrivs) is { IsRoot: false } user ? user : throw new ExpansionDeferredException(Trouble, $"default_privs: there is no user {settings.DefaultPrivs}");

    private async ValueTask<UserAccount?> FindAsync(string name)
    {
        try { return await site.Files.RunAsync(() => site.Accounts.Find(name)); }
        catch (IOException) { throw new ExpansionDeferredException(new EnhancedStatus(4, 0, 0), "user lookup error"); }
    }

    private static uint? SpoolGroup(string folder) => UserRights.OwnId == 0 && FileFacts.Find(folder) is { IsWorldWritable: false, IsGroupWritable: true } facts ? facts.Group : null;

    /// <summary>One delivery, with what its fields in front show.</summary>
    private sealed record Work(QueuedMessage Message, QueuedRecipient Recipient, DeliveryGeneration Generation, string? Delivered)
    {
        public QueuedRecipient Shown => Recipient with
        {
            Original = Recipient.Original ?? Recipient.Address, Address = Delivered is null ? Recipient.Address : Address.FromInternal(Delivered),
        };

        public bool Has(string context) => Generation.Settings.Local.PrependDeliveredHeader.Contains(context);

        public byte[] Head()
        {
            var shown = Shown;
            var head = $"Return-Path: <{OneLine(Message.Sender)}>\nX-Original-To: {OneLine(shown.Original!)}\n";
            return Encoding.UTF8.GetBytes(Has("file") ? $"{head}Delivered-To: {OneLine(shown.Address)}\n" : head);
        }

        private static string OneLine(Address address) => address.ToEnvelope().Replace('\r', ' ').Replace('\n', ' ');
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{QueueId}: cannot write to {Path}: {Reason}")]
        public static partial void WriteFailed(ILogger logger, QueueId queueId, string path, string reason);
    }
}
