using System.Runtime.InteropServices;

namespace PolicyMTA.Authentication.Passwords.Pam;

/// <summary>One run through the modules of a service. Blocks.</summary>
internal static unsafe class PamLogin
{
    // What a terminal would be called; some modules want one.
    private const string Tty = "smtp";
    // struct pam_message and struct pam_response: a number and a pointer, padded.
    private const int MessageSize = 16;
    private const int MostMessages = 32; // PAM_MAX_NUM_MSG

    /// <summary>PAM's status, and its text when it is no success.</summary>
    internal static (int Status, string Text) Run(string service, string? folder, string user, string host, byte[] password)
    {
        PamLibrary.Conversation answer = (count, messages, answers, _) => Answer(count, messages, answers, user, password);
        // The session delays failures itself, and a thread that sleeps serves nobody.
        PamLibrary.FailDelay noDelay = static (_, _, _) => { };
        var conversation = new PamLibrary.ConversationItem { Function = Marshal.GetFunctionPointerForDelegate(answer) };
        var status = folder is null ? PamLibrary.Start(service, user, conversation, out var handle) : PamLibrary.StartIn(service, user, conversation, folder, out handle);
        if (status != PamLibrary.Success) return (status, "pam_start failed");
        status = PamLibrary.SetItem(handle, PamLibrary.ItemTty, Tty);
        if (status == PamLibrary.Success && host.Length > 0) status = PamLibrary.SetItem(handle, PamLibrary.ItemRemoteHost, host);
        if (status == PamLibrary.Success) status = PamLibrary.SetItem(handle, PamLibrary.ItemFailDelay, Marshal.GetFunctionPointerForDelegate(noDelay));
        if (status == PamLibrary.Success) status = PamLibrary.Authenticate(handle, PamLibrary.Flags);
        if (status == PamLibrary.Success) status = PamLibrary.CheckAccount(handle, PamLibrary.Flags);
        var text = status == PamLibrary.Success ? "" : Marshal.PtrToStringUTF8(PamLibrary.Describe(handle, status)) ?? "";
        _ = PamLibrary.End(handle, status);
        GC.KeepAlive(answer);
        GC.KeepAlive(noDelay);
        return (status, text);
    }

    // Whatever is asked without echo is the password. PAM frees the answers.
    private static int Answer(int count, nint messages, nint answers, string user, byte[] password)
    {
        if (count is <= 0 or > MostMessages) return PamLibrary.ConversationError;
        var replies = (byte*)NativeMemory.AllocZeroed((nuint)count, MessageSize);
        for (var i = 0; i < count; i++)
        {
            var style = *((int**)messages)[i];
            if (style == PamLibrary.PromptWithoutEcho) *(nint*)(replies + i * MessageSize) = Copy(password);
            else if (style == PamLibrary.PromptWithEcho) *(nint*)(replies + i * MessageSize) = Copy(System.Text.Encoding.UTF8.GetBytes(user));
        }
        *(nint*)answers = (nint)replies;
        return PamLibrary.Success;
    }

    private static nint Copy(byte[] text)
    {
        var copy = (byte*)NativeMemory.AllocZeroed((nuint)text.Length + 1);
        text.CopyTo(new Span<byte>(copy, text.Length));
        return (nint)copy;
    }
}
