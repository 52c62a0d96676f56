using PolicyMTA.Policy.Lists;

namespace PolicyMTA.Policy.Recording;

/// <summary>What a session may ask its policies.</summary>
public enum Question
{
    /// <summary>After connecting.</summary>
    Client,
    /// <summary>After HELO or EHLO.</summary>
    Helo,
    /// <summary>After MAIL.</summary>
    Sender,
    /// <summary>After RCPT.</summary>
    Recipient,
    /// <summary>After RCPT in another server's session: it decides itself whom it relays for.</summary>
    Advice,
    /// <summary>ETRN.</summary>
    Etrn,
    /// <summary>AUTH, before a login and after.</summary>
    Auth,
    /// <summary>VRFY.</summary>
    Vrfy,
    /// <summary>DATA or the first BDAT.</summary>
    Data,
    /// <summary>The message is here, and gets one reply.</summary>
    EndOfData,
    /// <summary>The message is here, and each recipient gets a reply.</summary>
    EndOfDataForEach,
    /// <summary>A message without a session.</summary>
    LocalSubmission,
}

internal static class Questions
{
    /// <summary>The stage that answers.</summary>
    public static Stage Stage(this Question question) => question switch
    {
        Question.Client => Lists.Stage.Client,
        Question.Helo => Lists.Stage.Helo,
        Question.Sender => Lists.Stage.Sender,
        Question.Recipient or Question.Advice => Lists.Stage.Recipient,
        Question.Etrn => Lists.Stage.Etrn,
        Question.Auth => Lists.Stage.Auth,
        Question.Vrfy => Lists.Stage.Vrfy,
        Question.Data => Lists.Stage.Data,
        Question.EndOfData or Question.EndOfDataForEach => Lists.Stage.EndOfData,
        _ => Lists.Stage.LocalSubmission,
    };
}
